package picture

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const quality = 85 // of JPEG

// seen is a decoded picture, which its header says how to turn upright.
type seen struct {
	img image.Image
	header
}

// render makes the renditions: what the shape shows of the picture, drawn anew.
func render(p seen, s Shape, c Crop) (Picture, error) {
	from := p.shown(s, c)
	w, h := s.fit(from.Dx(), from.Dy())
	if p.lies() {
		w, h = s.fit(from.Dy(), from.Dx())
		w, h = h, w
	}
	near := p.reduce(from, w, h)
	var made Picture
	for _, part := range s.sizes(max(w, h)) {
		pw, ph := max(1, w*part/max(w, h)), max(1, h*part/max(w, h))
		r, err := s.encode(p.upright(scale(near, pw, ph)))
		if err != nil {
			return Picture{}, err
		}
		made.Renditions = append(made.Renditions, r)
	}
	made.Hash = name(made.Renditions[0].Body)
	return made, nil
}

// fit is the size of the largest rendition. A picture that is smaller keeps its size.
func (s Shape) fit(w, h int) (int, int) {
	if w <= s.width && h <= s.height {
		return w, h
	}
	if w*s.height > h*s.width {
		return s.width, max(1, h*s.width/w)
	}
	return max(1, w*s.height/h), s.height
}

// sizes are those of the longer side: the largest one, and the smaller ones.
func (s Shape) sizes(largest int) []int {
	sizes := []int{largest}
	for _, part := range s.parts {
		if !s.square {
			part = largest * part / 512
		}
		if part > 0 && part < largest {
			sizes = append(sizes, part)
		}
	}
	return sizes
}

// scale draws a picture in another size.
func scale(img *image.RGBA, w, h int) *image.RGBA {
	if img.Rect.Dx() == w && img.Rect.Dy() == h {
		return img
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(to, to.Rect, img, img.Rect, draw.Src, nil)
	return to
}

// encode writes a rendition. Logos are mostly flat areas and letters, which JPEG blurs.
func (s Shape) encode(img *image.RGBA) (Rendition, error) {
	var b bytes.Buffer
	r := Rendition{Size: max(img.Rect.Dx(), img.Rect.Dy()), Type: "image/png"}
	var err error
	if s.square && img.Opaque() {
		r.Type = "image/jpeg"
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	} else {
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	}
	r.Body = b.Bytes()
	return r, err
}
