package tenant

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
)

// file is a picture as a file: red on the left half, and nothing on the right one.
func file(t testing.TB, width, height int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width / 2 {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, G: 10, B: 20, A: 255})
		}
	}
	var out bytes.Buffer
	if err := encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asPNG(w *bytes.Buffer, img image.Image) error  { return png.Encode(w, img) }
func asJPEG(w *bytes.Buffer, img image.Image) error { return jpeg.Encode(w, img, nil) }

func TestDrawLogo(t *testing.T) {
	small := file(t, 200, 50, asPNG)
	bomb := bytes.Clone(small)
	binary.BigEndian.PutUint32(bomb[16:], 1<<30) // the width that it says it has
	for name, c := range map[string]struct {
		file          []byte
		width, height int
		transparent   bool
		code          string
	}{
		"as it is":     {small, 200, 50, true, ""},
		"made smaller": {file(t, 2000, 1000, asPNG), 240, 120, true, ""},
		"very flat":    {file(t, 4000, 3, asPNG), 480, 1, true, ""},
		"one pixel":    {file(t, 1, 1, asJPEG), 1, 1, false, ""},
		"a photo":      {file(t, 960, 120, asJPEG), 480, 60, false, ""},
		"cut off":      {small[:len(small)-40], 0, 0, false, "picture_broken"},
		"SVG":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), 0, 0, false, "picture_not_supported"},
		"HTML":         {[]byte("<html><script>alert(1)</script>"), 0, 0, false, "picture_not_supported"},
		"a bomb":       {bomb, 0, 0, false, "picture_too_many_pixels"},
	} {
		made, refused, err := drawLogo(t.Context(), "logo", c.file)
		if err != nil || (refused != nil) != (c.code != "") || refused != nil && (refused.Code != c.code || refused.Field != "logo") {
			t.Errorf("%s: %+v, want %q", name, refused, c.code)
			continue
		}
		l, ok := sallyport.ParseLogo(made.Text)
		if ok != (c.code == "") || ok && (l.Width != c.width || l.Height != c.height || l.Transparent != c.transparent) {
			t.Errorf("%s: %q, want %dx%d", name, made.Text, c.width, c.height)
		}
		if ok {
			holdsPixelsOnly(t, name, made.Body)
		}
	}
}

// holdsPixelsOnly reads what was made.
func holdsPixelsOnly(t *testing.T, name string, body []byte) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if strings.Contains(string(body), "script") {
		t.Errorf("%s: more than pixels went through", name)
	}
	if r, _, _, _ := img.At(0, 0).RGBA(); img.Bounds().Dx() > 2 && (r>>8 < 190 || r>>8 > 210) {
		t.Errorf("%s: the red is %d", name, r>>8)
	}
}
