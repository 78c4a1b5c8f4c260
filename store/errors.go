package store

import "errors"

// The errors of an engine. What is returned wraps one of them and says more.
var (
	// ErrClosed: the engine was closed, for good.
	ErrClosed = errors.New("the store is closed")
	// ErrUnavailable: the engine cannot work now. It tries to recover by itself.
	ErrUnavailable = errors.New("the store is unavailable")
	// ErrLocked: another process uses the engine's directory. The text says what to do.
	ErrLocked = errors.New("the store is in use by another process")
	// ErrDiskLow: free space is below the configured minimum. It passes when space returns.
	ErrDiskLow = errors.New("the disk is almost full")
	// ErrOverloaded: a limit of the process, such as open files, is almost reached.
	ErrOverloaded = errors.New("the store is overloaded")
	// ErrNotFound: there is no such event or delivery.
	ErrNotFound = errors.New("not found")
	// ErrDamaged: the record failed its checksum. It is never handed out.
	ErrDamaged = errors.New("the stored record is damaged")
	// ErrTooLarge: this one entry can never be stored. Others are not affected.
	ErrTooLarge = errors.New("too large to store")
)
