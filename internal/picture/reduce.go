package picture

import (
	"image"

	"golang.org/x/image/draw"
)

// reduce takes a part of the picture and makes it smaller by a whole number, so that it is still
// at least twice as large as w by h: each pixel is the mean of a square. Drawing a large photo
// well in one step would take as much memory as decoding it, so it goes on in strips.
func (p seen) reduce(from image.Rectangle, w, h int) *image.RGBA {
	by := max(1, min(from.Dx()/(2*w), from.Dy()/(2*h)))
	small := image.NewRGBA(image.Rect(0, 0, from.Dx()/by, from.Dy()/by))
	strip := image.NewRGBA(image.Rect(0, 0, small.Rect.Dx()*by, by))
	for y := range small.Rect.Dy() {
		clear(strip.Pix)
		draw.Draw(strip, strip.Rect, p.img, from.Min.Add(image.Pt(0, y*by)), draw.Src)
		mean(small.Pix[y*small.Stride:], strip, by)
	}
	return small
}

// mean writes a row of pixels, each the mean of a square of the strip.
func mean(row []byte, strip *image.RGBA, by int) {
	all := by * by
	for x := 0; x*by < strip.Rect.Dx(); x++ {
		var sum [4]int
		for dy := range by {
			at := dy*strip.Stride + 4*x*by
			for _, px := 0, strip.Pix[at:at+4*by]; len(px) > 0; px = px[4:] {
				sum[0] += int(px[0])
				sum[1] += int(px[1])
				sum[2] += int(px[2])
				sum[3] += int(px[3])
			}
		}
		for i, s := range sum {
			row[4*x+i] = byte((s + all/2) / all)
		}
	}
}
