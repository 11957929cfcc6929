// Command hourglass trains autoencoders and codecs on images of one kind, shows
// what they learned, and stores images in a fraction of the bytes.
//
//	hourglass demo                        train two models on what is at hand, with pictures
//	hourglass train --model conv-128      train a model; Ctrl-C stops, --resume goes on
//	hourglass plot runs/conv-128-...      draw what a run learned
//	hourglass evaluate runs/conv-128-...  measure it on the test images
//	hourglass pack thumbs/ --model M      compress images to an archive
//	hourglass unpack thumbs.hga           get them back
//
// "hourglass help" lists all commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops in order; after it the default is back, and a
	// second one kills.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Exit statuses.
const (
	exitOK          = 0
	exitError       = 1
	exitInterrupted = 130 // as shells report a program that SIGINT ended
)

// run runs the program and returns its exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := &program{in: os.Stdin, out: stdout, err: stderr}
	root := p.rootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
		fmt.Fprintf(stderr, "hourglass: %v\n", interrupted(err))
		return exitInterrupted
	}
	// The package of the same name begins its errors as the program does.
	fmt.Fprintf(stderr, "hourglass: %s\n", strings.TrimPrefix(err.Error(), "hourglass: "))
	return exitError
}

// interrupted returns what to say of an error that a signal caused.
func interrupted(err error) error {
	if advised := (*adviceError)(nil); errors.As(err, &advised) {
		return fmt.Errorf("stopped; %s", advised.advice)
	}
	return errors.New("stopped")
}

// adviceError adds to an error what the user can do.
type adviceError struct {
	err    error
	advice string
}

func (e *adviceError) Error() string { return e.err.Error() + "; " + e.advice }

// Unwrap returns the error without advice.
func (e *adviceError) Unwrap() error { return e.err }
