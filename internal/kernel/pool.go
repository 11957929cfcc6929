package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A Task is work cut into independent parts.
type Task interface {
	// Part does part i. Parts may run at the same time and in any order.
	Part(i int)
}

// A Pool runs tasks on a fixed set of workers, of which the caller is one.
// Workers wait for the next task actively for some microseconds and then
// sleep, so that the many short tasks of a training step start at once. Do
// allocates nothing. A nil *Pool is valid and runs everything in the caller.
type Pool struct {
	mu      sync.Mutex // held for the length of one Do
	workers int

	task Task
	// state is epoch<<32 | parts not yet taken. A worker that moves it from
	// v to v-1 owns part (low half of v) - 1 of that epoch's task; the task
	// cannot end, nor p.task change, before that part is done.
	state    atomic.Uint64
	done     atomic.Int64
	sleepers atomic.Int32
	wake     chan struct{}
	closed   atomic.Bool
}

// spins is how often a waiting worker looks for work before it sleeps; some
// ten microseconds.
const spins = 4000

// NewPool returns a pool of n workers; n <= 0 means runtime.GOMAXPROCS(0).
// Close it when it is no longer needed.
func NewPool(n int) *Pool {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: n, wake: make(chan struct{}, n)}
	for range n - 1 {
		go p.work()
	}
	return p
}

// Workers returns the number of workers, the caller of Do included.
func (p *Pool) Workers() int {
	if p == nil {
		return 1
	}
	return p.workers
}

// Do runs parts 0 to n-1 of t and returns when all are done. Concurrent calls
// run one after the other. A Task must not call Do on the pool that runs it.
func (p *Pool) Do(n int, t Task) {
	if p == nil || p.workers == 1 || n <= 1 {
		for i := range n {
			t.Part(i)
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.task = t
	p.done.Store(0)
	epoch := p.state.Load()>>32 + 1
	p.state.Store(epoch<<32 | uint64(n))
	for range min(int(p.sleepers.Load()), n-1) {
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
	for p.takeOne() {
	}
	for i := 0; p.done.Load() < int64(n); i++ {
		if i > spins {
			runtime.Gosched()
		}
	}
	p.task = nil
}

// takeOne runs one part if any is left.
func (p *Pool) takeOne() bool {
	for {
		v := p.state.Load()
		left := uint32(v)
		if left == 0 {
			return false
		}
		if p.state.CompareAndSwap(v, v-1) {
			p.task.Part(int(left) - 1)
			p.done.Add(1)
			return true
		}
	}
}

// work is the loop of one worker.
func (p *Pool) work() {
	for !p.closed.Load() {
		found := false
		for range spins {
			if found = p.takeOne(); found {
				break
			}
		}
		if found {
			continue
		}
		p.sleepers.Add(1)
		if uint32(p.state.Load()) == 0 && !p.closed.Load() {
			<-p.wake
		}
		p.sleepers.Add(-1)
	}
}

// Close ends the pool's goroutines. The pool must be idle and stays unusable.
func (p *Pool) Close() {
	if p != nil && !p.closed.Swap(true) {
		close(p.wake)
	}
}
