package zoo

import (
	"strings"
	"testing"
)

const conv128Summary = `Model: "encoder_model"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
encoder_input (InputLayer)   [(None, 28, 28, 1)]       0         
_________________________________________________________________
encoder_conv_1 (Conv2D)      (None, 28, 28, 16)        160       
_________________________________________________________________
encoder_pool_1 (MaxPooling2D (None, 14, 14, 16)        0         
_________________________________________________________________
encoder_conv_2 (Conv2D)      (None, 14, 14, 8)         1160      
_________________________________________________________________
encoder_pool_2 (MaxPooling2D (None, 7, 7, 8)           0         
_________________________________________________________________
encoder_conv_3 (Conv2D)      (None, 7, 7, 8)           584       
_________________________________________________________________
encoder_pool_3 (MaxPooling2D (None, 4, 4, 8)           0         
=================================================================
Total params: 1,904
Trainable params: 1,904
Non-trainable params: 0
_________________________________________________________________
Model: "decoder_model"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
decoder_input (InputLayer)   [(None, 4, 4, 8)]         0         
_________________________________________________________________
decoder_conv_1 (Conv2D)      (None, 4, 4, 8)           584       
_________________________________________________________________
decoder_up_1 (UpSampling2D)  (None, 8, 8, 8)           0         
_________________________________________________________________
decoder_conv_2 (Conv2D)      (None, 8, 8, 8)           584       
_________________________________________________________________
decoder_up_2 (UpSampling2D)  (None, 16, 16, 8)         0         
_________________________________________________________________
decoder_conv_3 (Conv2D)      (None, 14, 14, 16)        1168      
_________________________________________________________________
decoder_up_3 (UpSampling2D)  (None, 28, 28, 16)        0         
_________________________________________________________________
decoder_conv_4 (Conv2D)      (None, 28, 28, 1)         145       
=================================================================
Total params: 2,481
Trainable params: 2,481
Non-trainable params: 0
_________________________________________________________________
Model: "AE"
_________________________________________________________________
Layer (type)                 Output Shape              Param #   
=================================================================
AE_input (InputLayer)        [(None, 28, 28, 1)]       0         
_________________________________________________________________
encoder_model (Model)        (None, 4, 4, 8)           1904      
_________________________________________________________________
decoder_model (Model)        (None, 28, 28, 1)         2481      
=================================================================
Total params: 4,385
Trainable params: 4,385
Non-trainable params: 0
_________________________________________________________________
`

const sigmoid32Summary = `Variable             Shape            Param #
encoder/kernel       (784, 32)        25088
encoder/bias         (32)             32
decoder/kernel       (32, 784)        25088
decoder/bias         (784)            784
Total params: 50992
`

func TestSummary(t *testing.T) {
	for name, want := range map[string]string{"conv-128": conv128Summary, "sigmoid-32": sigmoid32Summary} {
		e, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		m := e.New(Options{})
		defer m.Close()
		var got strings.Builder
		if err := m.Summary(&got); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("summary of %s:\n%s\nwant:\n%s", name, got.String(), want)
		}
	}
}

// The totals that the first tutorial prints.
func TestDense2Totals(t *testing.T) {
	m := NewDense2(Options{})
	defer m.Close()
	var got strings.Builder
	if err := m.Summary(&got); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Total params: 236,102", "Total params: 236,884", "Total params: 472,986"} {
		if !strings.Contains(got.String(), want+"\n") {
			t.Errorf("no %q in:\n%s", want, got.String())
		}
	}
}
