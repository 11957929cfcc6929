package nn

import (
	"strings"
	"testing"
)

// dense2 is the autoencoder of the dense tutorial.
func dense2(seed uint64) (encoder, decoder, ae *Model) {
	b := &Builder{Seed: seed}
	in := b.Input("encoder_input", 784)
	x := Dense{Name: "encoder_dense_1", Units: 300}.Apply(in)
	x = LeakyReLU{Name: "encoder_leakyrelu_1"}.Apply(x)
	x = Dense{Name: "encoder_dense_2", Units: 2}.Apply(x)
	encoder = NewModel("encoder_model", in, LeakyReLU{Name: "encoder_output"}.Apply(x))
	code := b.Input("decoder_input", 2)
	x = Dense{Name: "decoder_dense_1", Units: 300}.Apply(code)
	x = LeakyReLU{Name: "decoder_leakyrelu_1"}.Apply(x)
	x = Dense{Name: "decoder_dense_2", Units: 784}.Apply(x)
	decoder = NewModel("decoder_model", code, LeakyReLU{Name: "decoder_output"}.Apply(x))
	all := b.Input("AE_input", 784)
	return encoder, decoder, NewModel("AE", all, decoder.Apply(encoder.Apply(all)))
}

const encoderSummary = `_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
encoder_input (InputLayer)   [(None, 784)]             0         
_________________________________________________________________
encoder_dense_1 (Dense)      (None, 300)               235500    
_________________________________________________________________
encoder_leakyrelu_1 (LeakyRe (None, 300)               0         
_________________________________________________________________
encoder_dense_2 (Dense)      (None, 2)                 602       
_________________________________________________________________
encoder_output (LeakyReLU)   (None, 2)                 0         
=================================================================
Total params: 236,102
Trainable params: 236,102
Non-trainable params: 0
_________________________________________________________________
`

const decoderSummary = `_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
decoder_input (InputLayer)   [(None, 2)]               0         
_________________________________________________________________
decoder_dense_1 (Dense)      (None, 300)               900       
_________________________________________________________________
decoder_leakyrelu_1 (LeakyRe (None, 300)               0         
_________________________________________________________________
decoder_dense_2 (Dense)      (None, 784)               235984    
_________________________________________________________________
decoder_output (LeakyReLU)   (None, 784)               0         
=================================================================
Total params: 236,884
Trainable params: 236,884
Non-trainable params: 0
_________________________________________________________________
`

const autoencoderSummary = `_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
AE_input (InputLayer)        [(None, 784)]             0         
_________________________________________________________________
encoder_model (Model)        (None, 2)                 236102    
_________________________________________________________________
decoder_model (Model)        (None, 784)               236884    
=================================================================
Total params: 472,986
Trainable params: 472,986
Non-trainable params: 0
_________________________________________________________________
`

// A model that branches, with a layer used twice and weights that gradients do
// not train.
const branchingSummary = `__________________________________________________________________________________________________
Layer (type)                    Output Shape         Param #     Connected to                     
==================================================================================================
input_1 (InputLayer)            [(None, 4)]          0                                            
__________________________________________________________________________________________________
shared (Dense)                  (None, 4)            20          input_1[0][0]                    
                                                                 batch_normalization[0][0]        
__________________________________________________________________________________________________
batch_normalization (BatchNorma (None, 4)            16          shared[0][0]                     
__________________________________________________________________________________________________
add (Add)                       (None, 4)            0           shared[0][0]                     
                                                                 shared[1][0]                     
==================================================================================================
Total params: 36
Trainable params: 28
Non-trainable params: 8
__________________________________________________________________________________________________
`

func branching(seed uint64) *Model {
	b := &Builder{Seed: seed}
	x := b.Input("", 4)
	shared := New(Dense{Name: "shared", Units: 4})
	y := shared.Apply(x)
	z := shared.Apply(BatchNormalization{}.Apply(y))
	return NewModel("", x, Add{}.Apply(y, z))
}

func TestSummary(t *testing.T) {
	encoder, decoder, ae := dense2(1)
	for _, c := range []struct {
		m    *Model
		want string
	}{
		{encoder, encoderSummary},
		{decoder, decoderSummary},
		{ae, autoencoderSummary},
		{branching(1), branchingSummary},
	} {
		var got strings.Builder
		if err := c.m.Summary(&got); err != nil {
			t.Fatal(err)
		}
		if got.String() != c.want {
			t.Errorf("summary of %s:\n%s\nwant:\n%s", c.m.Name(), got.String(), c.want)
		}
	}
}
