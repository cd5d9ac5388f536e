package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
)

// portraitSide is that of the pictures that people choose, in pixels.
const portraitSide = 512

// Colours of portraits: of the wall behind, of skin, of hair, of clothes.
var (
	walls   = []color.RGBA{{0xdf, 0xe7, 0xf5, 255}, {0xf4, 0xe3, 0xd3, 255}, {0xd9, 0xee, 0xe1, 255}, {0xee, 0xdf, 0xf0, 255}, {0xf6, 0xee, 0xc9, 255}}
	skins   = []color.RGBA{{0xf6, 0xd7, 0xc0, 255}, {0xe3, 0xb0, 0x8b, 255}, {0xb9, 0x7f, 0x58, 255}, {0x8a, 0x57, 0x38, 255}, {0x5c, 0x38, 0x25, 255}}
	hairs   = []color.RGBA{{0x2a, 0x20, 0x1c, 255}, {0x5a, 0x38, 0x22, 255}, {0xb8, 0x82, 0x45, 255}, {0x9a, 0x9a, 0x9e, 255}, {0xa3, 0x47, 0x2a, 255}}
	clothes = []color.RGBA{{0x2f, 0x4b, 0x7c, 255}, {0x7a, 0x2e, 0x4a, 255}, {0x2f, 0x6b, 0x55, 255}, {0x44, 0x44, 0x4f, 255}, {0xb0, 0x63, 0x22, 255}}
)

// oval is a part of a portrait, in parts of its side.
type oval struct {
	x, y, wide, high float64
	is               color.RGBA
}

// portrait draws somebody: a wall, shoulders, hair and a face.
func (w *world) portrait() ([]byte, error) {
	wall, skin, hair := choose(w, walls), choose(w, skins), choose(w, hairs)
	long := 0.2 + 0.16*w.rng.Float64() // hair
	parts := []oval{
		{0.5, 0.46, 0.25, long, hair},
		{0.5, 1.02, 0.38, 0.34, choose(w, clothes)}, {0.5, 0.66, 0.08, 0.14, skin},
		{0.5, 0.38, 0.22, 0.21, hair}, {0.5, 0.43, 0.18, 0.22, skin},
	}
	m := image.NewRGBA(image.Rect(0, 0, portraitSide, portraitSide))
	for y := range portraitSide {
		for x := range portraitSide {
			m.SetRGBA(x, y, at(parts, wall, float64(x)/portraitSide, float64(y)/portraitSide))
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, m)
	return out.Bytes(), err
}

// at returns the colour of a point: of the foremost part that it is in.
func at(parts []oval, wall color.RGBA, x, y float64) color.RGBA {
	is := wall
	for _, p := range parts {
		if dx, dy := (x-p.x)/p.wide, (y-p.y)/p.high; dx*dx+dy*dy <= 1 {
			is = p.is
		}
	}
	return is
}

// choosePicture gives somebody a picture of themselves.
func (w *world) choosePicture(ctx context.Context, p *person) error {
	file, err := w.portrait()
	if err != nil {
		return err
	}
	return w.do(ctx, p.laptop(), func(a sallyport.Actor) error { return w.uses.Accounts.SetAvatar(ctx, a, file, picture.Crop{}) })
}
