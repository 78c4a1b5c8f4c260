// Command build makes the binary that xcaddy.json at the root of the repository describes. The file
// is the JSON form of xcaddy's own Builder, which xcaddy itself reads from flags only.
//
//	go run -C tools ./build -output /usr/local/bin/gatepost
//	go run -C tools ./build -output /tmp/gatepost -local ..   # this checkout instead of the release
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/caddyserver/xcaddy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("build", flag.ExitOnError)
	config := flags.String("config", filepath.Join("..", "xcaddy.json"), "the `file` that says what to build")
	output := flags.String("output", "", "where the binary goes")
	local := flags.String("local", "", "build the checkout in `dir` in place of the published module")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *output == "" || flags.NArg() > 0 {
		return errors.New("name the binary: -output <file>, and nothing beside flags")
	}

	builder, err := load(*config)
	if err != nil {
		return err
	}
	if *local != "" {
		if err := useCheckout(ctx, &builder, *local); err != nil {
			return err
		}
	}
	return builder.Build(ctx, *output)
}

// load reads a Builder and refuses what xcaddy would ignore: a misspelt key builds something else
// than was meant.
func load(path string) (xcaddy.Builder, error) {
	var builder xcaddy.Builder
	raw, err := os.ReadFile(path)
	if err != nil {
		return builder, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&builder); err != nil {
		return builder, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return builder, fmt.Errorf("%s: something follows the object; keep one object in the file", path)
	}
	if builder.CaddyVersion == "" || len(builder.Plugins) == 0 {
		return builder, fmt.Errorf("%s: caddy_version and plugins must both be set, or the build is another one every day", path)
	}
	return builder, nil
}

// useCheckout replaces the module in dir by dir itself.
func useCheckout(ctx context.Context, builder *xcaddy.Builder, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	module, err := goOutput(ctx, dir, "list", "-m")
	if err != nil {
		return err
	}
	builder.Replacements = append(builder.Replacements, xcaddy.NewReplace(module, dir))

	// The go command asks the proxy for the versions even of a module that is replaced, and a proxy
	// that does not know it ends the build. After the pipe, "off" answers in place of any such error.
	proxy, err := goOutput(ctx, dir, "env", "GOPROXY")
	if err != nil {
		return err
	}
	return os.Setenv("GOPROXY", orOff(proxy))
}

// orOff keeps the first proxy of a GOPROXY list and falls back to none.
func orOff(proxies string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(proxies, "|", ","), ",")
	return first + "|off"
}

func goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s in %s: %w", strings.Join(args, " "), dir, err)
	}
	return strings.TrimSpace(string(out)), nil
}
