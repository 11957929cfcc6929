// Package train runs a training that can be stopped, killed and resumed, and
// keeps it in a folder.
//
// [Create] makes the folder of a new run, [Open] finds one. [Run.Train] trains
// a [Learner] on a data set from where the run stands to its end: epochs of
// batches whose order follows from the seed and the epoch alone, validation
// after each epoch, and a checkpoint after each epoch and every few minutes.
// A run that was stopped, or killed at any moment, ends with the same weights,
// bit for bit, as one that was not.
//
// # The folder
//
//	log.jsonl            the run log (package runlog): settings, losses, events
//	best.safetensors     the model with the lowest validation loss so far
//	model.safetensors    the model at the end
//	checkpoints/         the last two checkpoints, named for their steps
//	.lock                held while a process trains
//
// Each file appears whole or not at all. A checkpoint is a safetensors file
// with the learner's whole state, and in its metadata the position in the run
// and a SHA-256 of everything; one that is damaged is passed over in favour of
// the one before.
package train
