//go:build !nodynamic

package classical

// library has nothing to offer: no library is linked.
func library(string, bool) (Format, bool) { return Format{}, false }
