package picture

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"slices"

	"golang.org/x/image/draw"
)

// Shape is what a picture is for.
type Shape int

// The shapes. An Avatar is a square in up to four sizes. A Logo keeps its proportions and is a
// PNG, which keeps flat colours and sharp edges; there is one of half its size.
const (
	Avatar Shape = iota
	Logo
)

// Sizes are those of avatars, in pixels, the largest first. A picture is never made larger
// than it was, so the largest one of a small picture is what it was.
var Sizes = []int{512, 192, 96, 48}

// The room for a logo.
const (
	LogoWidth  = 480
	LogoHeight = 120
)

const quality = 85 // of JPEG

// source is a decoded picture: its pixels as they lie in the file, and where they are.
type source struct {
	image.Image
	all  image.Rectangle // of a GIF, the image may cover a part of it
	turn turn
}

type renderer func(source) ([]Rendition, error)

// of returns how a shape is rendered.
func (s Shape) of(crop Crop) renderer {
	if s == Logo {
		return logo
	}
	return func(src source) ([]Rendition, error) { return avatar(src, crop) }
}

func avatar(src source, crop Crop) ([]Rendition, error) {
	w, h := src.turn.size(src.all.Dx(), src.all.Dy())
	square := crop.within(w, h)
	largest := min(square.Dx(), Sizes[0])
	m := src.scaled(square, largest, largest)
	encode, kind := encoding(m.Opaque())
	sizes := append([]int{largest}, slices.DeleteFunc(slices.Clone(Sizes), func(n int) bool { return n >= largest })...)
	return renditions(m, encode, kind, sizes)
}

// encoding returns how pixels become a file: a photo is smaller as a JPEG, which knows no
// transparency.
func encoding(opaque bool) (encode func(image.Image) ([]byte, error), kind string) {
	if opaque {
		return asJPEG, "image/jpeg"
	}
	return asPNG, "image/png"
}

func logo(src source) ([]Rendition, error) {
	w, h := src.turn.size(src.all.Dx(), src.all.Dy())
	scale := min(1, float64(LogoWidth)/float64(w), float64(LogoHeight)/float64(h))
	width, height := max(1, int(float64(w)*scale+.5)), max(1, int(float64(h)*scale+.5))
	m := src.scaled(image.Rect(0, 0, w, h), width, height)
	longer := max(width, height)
	sizes := []int{longer}
	if longer > 1 {
		sizes = append(sizes, longer/2)
	}
	return renditions(m, asPNG, "image/png", sizes)
}

// renditions makes the sizes of m, whose own is the first one.
func renditions(m *image.RGBA, encode func(image.Image) ([]byte, error), kind string, sizes []int) ([]Rendition, error) {
	var all []Rendition
	for _, size := range sizes {
		part := float64(size) / float64(sizes[0])
		width, height := max(1, int(float64(m.Rect.Dx())*part+.5)), max(1, int(float64(m.Rect.Dy())*part+.5))
		body, err := encode(resize(m, width, height))
		if err != nil {
			return nil, err
		}
		all = append(all, Rendition{size, kind, body})
	}
	return all, nil
}

func asPNG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, m)
	return b.Bytes(), err
}

func asJPEG(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// within returns the square in a picture of that size. What reaches over an edge is moved.
func (c Crop) within(w, h int) image.Rectangle {
	size := min(w, h)
	if c.Size <= 0 || c.Size > size {
		c = Crop{(w - size) / 2, (h - size) / 2, size}
	}
	x, y := min(max(c.X, 0), w-c.Size), min(max(c.Y, 0), h-c.Size)
	return image.Rect(x, y, x+c.Size, y+c.Size)
}

// scaled returns a part of the upright picture in a size that is not larger. The part is made
// smaller by whole steps first, in strips, so that no second picture of its size is in memory.
func (s source) scaled(part image.Rectangle, width, height int) *image.RGBA {
	step := max(1, min(part.Dx()/width, part.Dy()/height))
	m := s.reduced(s.turn.storedRect(part, s.all.Dx(), s.all.Dy()), step)
	return resize(s.turn.upright(m), width, height)
}

// reduced returns a part of the pixels as they lie; each of its pixels is the mean of a square
// of step. A last column or row that is no whole square is that of fewer pixels.
func (s source) reduced(part image.Rectangle, step int) *image.RGBA {
	w, h := (part.Dx()+step-1)/step, (part.Dy()+step-1)/step
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, part.Dx(), step))
	for y := range h {
		rows := min(step, part.Dy()-y*step)
		clear(strip.Pix)
		draw.Draw(strip, image.Rect(0, 0, part.Dx(), rows), s.Image, part.Min.Add(image.Pt(0, y*step)), draw.Src)
		for x := range w {
			mean(out.Pix[out.PixOffset(x, y):][:4], strip, image.Rect(x*step, 0, min((x+1)*step, part.Dx()), rows))
		}
	}
	return out
}

// mean writes that of the pixels of a part of strip.
func mean(to []uint8, strip *image.RGBA, part image.Rectangle) {
	var sum [4]int
	for y := part.Min.Y; y < part.Max.Y; y++ {
		row := strip.Pix[strip.PixOffset(part.Min.X, y):strip.PixOffset(part.Max.X, y)]
		for i := 0; i < len(row); i += 4 {
			sum[0] += int(row[i])
			sum[1] += int(row[i+1])
			sum[2] += int(row[i+2])
			sum[3] += int(row[i+3])
		}
	}
	n := part.Dx() * part.Dy()
	for i := range sum {
		to[i] = uint8((sum[i] + n/2) / n)
	}
}

func resize(m *image.RGBA, width, height int) *image.RGBA {
	if m.Rect.Dx() == width && m.Rect.Dy() == height {
		return m
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(out, out.Rect, m, m.Rect, draw.Src, nil)
	return out
}
