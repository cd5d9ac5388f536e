package picture_test

import (
	"context"
	"testing"

	"github.com/sallyport/sallyport/internal/picture"
)

// Whatever somebody sends becomes a picture or is refused with a code of the table.
func FuzzMake(f *testing.F) {
	for _, data := range good(f) {
		f.Add(data, 0, 0, 0)
	}
	for _, a := range attacks(f) {
		if len(a.data) < 4096 {
			f.Add(a.data, 3, -1, 9)
		}
	}
	codes := map[string]bool{
		"required": true, "too_large": true, "not_supported": true, "broken": true, "animated": true, "disguised": true, "too_many_pixels": true,
	}
	f.Fuzz(func(t *testing.T, data []byte, x, y, size int) {
		for _, shape := range []picture.Shape{picture.Avatar, picture.Logo} {
			p, err := picture.Make(context.Background(), data, shape, picture.Crop{X: x, Y: y, Size: size})
			if err != nil {
				if !codes[codeOf(err)] {
					t.Fatal(err)
				}
				continue
			}
			checked(t, p)
		}
	})
}
