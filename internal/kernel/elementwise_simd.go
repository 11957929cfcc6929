//go:build (amd64 || arm64) && !noasm

package kernel

// constantVector is long enough for one vector of any level.
type constantVector [16]float32

// spread returns an input for the kernels: its first element, or if it stands
// for all (step 0) a vector full of it.
func (c *constantVector) spread(x []float32, step int) *float32 {
	if step == 1 {
		return &x[0]
	}
	for i := range c {
		c[i] = x[0]
	}
	return &c[0]
}
