package kernel

import (
	"sync/atomic"
	"testing"
	"time"
)

type countTask []atomic.Int32

func (c countTask) Part(i int) { c[i].Add(1) }

func TestPoolRunsEveryPartOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8} {
		p := NewPool(workers)
		for n := range 40 {
			for round := range 20 {
				c := make(countTask, n)
				p.Do(n, c)
				for i := range c {
					if got := c[i].Load(); got != 1 {
						t.Fatalf("%d workers, %d parts: part %d ran %d times", workers, n, i, got)
					}
				}
				if round == 10 && n%8 == 0 {
					time.Sleep(time.Millisecond) // let the workers fall asleep
				}
			}
		}
		p.Close()
	}
}

func TestPoolDoDoesNotAllocate(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	c := make(countTask, 8)
	var task Task = c
	if n := testing.AllocsPerRun(100, func() { p.Do(8, task) }); n != 0 {
		t.Errorf("Do allocates %v times", n)
	}
}
