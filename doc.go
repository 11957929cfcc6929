// Package hourglass is neural image compression in Go: train an autoencoder
// on images of one kind and get a codec for them.
package hourglass
