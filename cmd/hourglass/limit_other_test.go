//go:build !linux

package main

// limitVariable is of use on Linux only.
const limitVariable = "HOURGLASS_TEST_FILE_LIMIT"

func runLimited() { panic("file sizes cannot be limited here") }
