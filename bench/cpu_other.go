//go:build !linux

package main

import "time"

func machineTime() (time.Duration, bool)    { return 0, false }
func processTime(int) (time.Duration, bool) { return 0, false }
