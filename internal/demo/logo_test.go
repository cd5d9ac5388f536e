package demo

import (
	"bytes"
	"testing"
)

// The logo is the same whenever it is drawn.
func TestLogoIsTheSame(t *testing.T) {
	one, err := logo()
	again, _ := logo()
	if err != nil || len(one) < 1000 || !bytes.Equal(one, again) {
		t.Errorf("%d and %d bytes, %v", len(one), len(again), err)
	}
}
