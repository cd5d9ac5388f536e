package demo

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// letters have no vowels, so that no name or word comes out, and nothing that
// looks like a digit.
const (
	letters = "bcdfghjkmnpqrstvwxz"
	digits  = "23456789"
)

// newPassword returns a password that the default policy accepts, with about 60
// bits: the demo may well listen where others can reach it.
func newPassword() string {
	groups := []string{"Try"}
	for range 3 {
		groups = append(groups, pick(letters, 4)+pick(digits, 1))
	}
	return strings.Join(groups, "-")
}

func pick(from string, n int) string {
	var b strings.Builder
	for range n {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		b.WriteByte(from[i.Int64()])
	}
	return b.String()
}
