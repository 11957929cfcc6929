package kernel

import "sync/atomic"

// peakRounds makes a part of Peak about a tenth of a millisecond long.
const peakRounds = 1 << 15

// Peak does float32 multiply-adds at the level in use that wait for nothing, on
// every worker of p, and returns the number of operations, two for each: what
// the machine can do at most. It returns 0 if the level has no such loop.
func Peak(p *Pool) (operations float64) {
	t := &peakTask{}
	p.Do(16*p.Workers(), t)
	return float64(t.operations.Load())
}

type peakTask struct{ operations atomic.Int64 }

// Part implements [Task].
func (t *peakTask) Part(int) { t.operations.Add(int64(peakFMA(peakRounds))) }
