package eval

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Parallel calls f(0) ... f(n-1) on as many goroutines as there are
// processors, in ascending order of their starts. It stops after the first
// error, or when ctx is done, and returns that error.
func Parallel(ctx context.Context, n int, f func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := f(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}
