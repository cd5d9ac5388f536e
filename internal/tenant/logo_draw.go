package tenant

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	_ "image/jpeg" // the second kind that is read
	"image/png"
	"math"
	"strconv"

	"github.com/sallyport/sallyport"
)

// What a file for a logo may be, and the room that it is made for, in pixels.
const (
	maxLogoBytes  = 1 << 20
	maxLogoPixels = 16_000_000
	maxLogoSide   = 8000
	logoWidth     = 480
	logoHeight    = 120
)

// drawLogo makes a PNG of a file: with the pixels of the picture and nothing else that was in the file. How
// large it is, is asked before it is decoded.
func drawLogo(field string, file []byte) (Logo, *sallyport.FieldError) {
	if len(file) > maxLogoBytes {
		return Logo{}, &sallyport.FieldError{Field: field, Code: "picture_too_large", Args: map[string]string{"max": strconv.Itoa(maxLogoBytes >> 20)}}
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(file))
	switch {
	case err != nil:
		return Logo{}, &sallyport.FieldError{Field: field, Code: "picture_not_supported"}
	case c.Width <= 0 || c.Height <= 0 || c.Width > maxLogoSide || c.Height > maxLogoSide || c.Width*c.Height > maxLogoPixels:
		return Logo{}, &sallyport.FieldError{Field: field, Code: "picture_too_many_pixels"}
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return Logo{}, &sallyport.FieldError{Field: field, Code: "picture_broken"}
	}
	drawn := smaller(img)
	var body bytes.Buffer
	if err := png.Encode(&body, drawn); err != nil {
		return Logo{}, &sallyport.FieldError{Field: field, Code: "picture_broken"}
	}
	sum := sha256.Sum256(body.Bytes())
	of := sallyport.Logo{Hash: hex.EncodeToString(sum[:16]), Width: drawn.Rect.Dx(), Height: drawn.Rect.Dy(), Transparent: !drawn.Opaque()}
	return Logo{of.String(), "image/png", body.Bytes()}, nil
}

// smaller returns a picture that fits into the room for it, with its proportions. None is made larger. Each
// pixel is the mean of those that it stands for.
func smaller(img image.Image) *image.NRGBA {
	b := img.Bounds()
	scale := max(1, float64(b.Dx())/logoWidth, float64(b.Dy())/logoHeight)
	width, height := max(1, int(math.Round(float64(b.Dx())/scale))), max(1, int(math.Round(float64(b.Dy())/scale)))
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			from := image.Rect(x*b.Dx()/width, y*b.Dy()/height, (x+1)*b.Dx()/width, (y+1)*b.Dy()/height)
			out.Set(x, y, mean(img, from.Add(b.Min)))
		}
	}
	return out
}

// mean is the mean colour of a part of a picture. Transparent pixels have no say in its hue.
func mean(img image.Image, part image.Rectangle) color.Color {
	var sum [4]uint64
	n := uint64(part.Dx() * part.Dy()) //nolint:gosec // a part has at least a pixel
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			for i, v := range [4]uint32{r, g, b, a} {
				sum[i] += uint64(v)
			}
		}
	}
	return color.RGBA64{uint16(sum[0] / n), uint16(sum[1] / n), uint16(sum[2] / n), uint16(sum[3] / n)} //nolint:gosec // means of what fits
}
