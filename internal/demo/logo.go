package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The logo is drawn four times as large, and made smaller for smooth edges.
const (
	logoWidth  = 360
	logoHeight = 90
	finer      = 4
)

// logo draws what the organisation is known by: the sun over a fjord, beside three waves.
func logo() ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, logoWidth, logoHeight))
	for x := range logoWidth {
		for y := range logoHeight {
			img.SetNRGBA(x, y, smooth(x, y))
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// smooth is the mean of the finer points of a pixel.
func smooth(x, y int) color.NRGBA {
	var r, g, b, a int
	for i := range finer * finer {
		c := drawn(float64(x)+float64(i%finer)/finer, float64(y)+float64(i/finer)/finer)
		r, g, b, a = r+int(c.R)*int(c.A), g+int(c.G)*int(c.A), b+int(c.B)*int(c.A), a+int(c.A)
	}
	if a == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(a / (finer * finer))} //nolint:gosec // means of bytes
}

// drawn is the colour at a point.
func drawn(x, y float64) color.NRGBA {
	sea, sun := color.NRGBA{R: 0x0b, G: 0x7a, B: 0x75, A: 0xff}, color.NRGBA{R: 0xf2, G: 0xa6, B: 0x3b, A: 0xff}
	mountain := 30 + math.Abs(math.Mod(x+10, 60)-30)*1.2
	switch {
	case x < 120 && y > mountain && y < 84:
		return sea
	case math.Hypot(x-60, y-24) < 18:
		return sun
	case x > 140 && x < 350 && math.Abs(math.Mod(y-6+6*math.Sin(x/16), 27)-13) < 5 && y > 12 && y < 84:
		return sea
	}
	return color.NRGBA{}
}
