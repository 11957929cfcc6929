//go:build amd64 && !noasm

package kernel

//go:generate go run -C asm ./pool -out ../pool2d_amd64.s

// poolSets holds the pooling kernels of each level that has some.
var poolSets = [...]*poolKernels{
	AVX2: {8, maxPool256, avgPool256, sumPool256,
		[2]func(*poolRow){maxPoolGrad256, maxPoolGradAdd256}, [2]func(*poolRow){avgPoolGrad256, avgPoolGradAdd256}},
	AVX512: {16, maxPool512, avgPool512, sumPool512,
		[2]func(*poolRow){maxPoolGrad512, maxPoolGradAdd512}, [2]func(*poolRow){avgPoolGrad512, avgPoolGradAdd512}},
	NEON: nil,
}

// currentPools returns the pooling kernels of the level in use, or nil.
func currentPools() *poolKernels { return poolSets[level] }

//go:noescape
func maxPool512(r *poolRow)

//go:noescape
func avgPool512(r *poolRow)

//go:noescape
func sumPool512(r *poolRow)

//go:noescape
func maxPoolGrad512(r *poolRow)

//go:noescape
func maxPoolGradAdd512(r *poolRow)

//go:noescape
func avgPoolGrad512(r *poolRow)

//go:noescape
func avgPoolGradAdd512(r *poolRow)

//go:noescape
func maxPool256(r *poolRow)

//go:noescape
func avgPool256(r *poolRow)

//go:noescape
func sumPool256(r *poolRow)

//go:noescape
func maxPoolGrad256(r *poolRow)

//go:noescape
func maxPoolGradAdd256(r *poolRow)

//go:noescape
func avgPoolGrad256(r *poolRow)

//go:noescape
func avgPoolGradAdd256(r *poolRow)
