package signin

import (
	"slices"
	"testing"
)

// A passkey is offered where it helps, and never to somebody with something else on their mind.
func TestAfterwards(t *testing.T) {
	good := arrival{ByPassword: true, Able: true, Allowed: true, Trusted: true}
	for _, tt := range []struct {
		name   string
		change func(*arrival)
		want   []Afterwards
	}{
		{"password on a trusted device", func(*arrival) {}, []Afterwards{OfferPasskey}},
		{"codes that nobody saved come first", func(f *arrival) { f.Unsaved = true }, []Afterwards{SaveCodes, OfferPasskey}},
		{"codes that nobody saved, on any device", func(f *arrival) { *f = arrival{Unsaved: true} }, []Afterwards{SaveCodes}},
		{"a passkey in the place of the password", func(f *arrival) { f.ByPassword = false }, nil},
		{"a browser that cannot", func(f *arrival) { f.Able = false }, nil},
		{"policy or address do not allow it", func(f *arrival) { f.Allowed = false }, nil},
		{"a passkey already", func(f *arrival) { f.HasPasskey = true }, nil},
		{"a device that is not trusted", func(f *arrival) { f.Trusted = false }, nil},
		{"after a recovery", func(f *arrival) { f.Recovering = true }, nil},
		{"on the way to something urgent", func(f *arrival) { f.Urgent = true }, nil},
		{"an unusual sign-in", func(f *arrival) { f.Doubtful = true }, nil},
		{"nothing", func(f *arrival) { *f = arrival{} }, nil},
	} {
		f := good
		tt.change(&f)
		if got := afterwards(f); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
