// Package optim builds optimisers out of graph nodes: stochastic gradient
// descent, Adagrad, RMSprop, Adam and AdamW, with learning-rate schedules and
// gradient clipping.
//
// An optimiser is a struct of settings whose zero value has the defaults of
// Keras. Its Minimize differentiates a loss and returns nodes that, fetched in
// a run, change the variables.
//
// Everything here gives the same bits on every machine: schedules use no
// function of package math but those that are exactly rounded everywhere.
package optim
