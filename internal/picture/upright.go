package picture

import "image"

// lies says whether width and height change places when the picture is turned upright.
func (h header) lies() bool { return h.orientation >= 5 }

// source is where the pixel is stored that stands at (x, y) once a picture, which is stored as w
// by h, is upright.
func (h header) source(x, y, w, height int) (int, int) {
	right, bottom := w-1, height-1
	switch h.orientation {
	case 2:
		return right - x, y
	case 3:
		return right - x, bottom - y
	case 4:
		return x, bottom - y
	case 5:
		return y, x
	case 6:
		return y, bottom - x
	case 7:
		return right - y, bottom - x
	case 8:
		return right - y, x
	}
	return x, y
}

// shown is the part of the picture, as it is stored, that a shape shows: all, or a square.
func (h header) shown(s Shape, c Crop) image.Rectangle {
	if !s.square {
		return image.Rect(0, 0, h.w, h.h)
	}
	w, height := h.w, h.h
	if h.lies() {
		w, height = height, w
	}
	c = c.within(w, height)
	x0, y0 := h.source(c.X, c.Y, h.w, h.h)
	x1, y1 := h.source(c.X+c.Size-1, c.Y+c.Size-1, h.w, h.h)
	return image.Rect(min(x0, x1), min(y0, y1), max(x0, x1)+1, max(y0, y1)+1)
}

// within moves the square into the picture, and makes it smaller where it does not fit. Without
// a size it is the largest one in the middle.
func (c Crop) within(w, h int) Crop {
	side := min(w, h)
	if c.Size <= 0 {
		return Crop{(w - side) / 2, (h - side) / 2, side}
	}
	c.Size = min(c.Size, side)
	return Crop{min(max(0, c.X), w-c.Size), min(max(0, c.Y), h-c.Size), c.Size}
}

// upright turns a drawing as the picture has to be turned.
func (h header) upright(img *image.RGBA) *image.RGBA {
	w, height := img.Rect.Dx(), img.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, height))
	if h.lies() {
		to = image.NewRGBA(image.Rect(0, 0, height, w))
	}
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			sx, sy := h.source(x, y, w, height)
			copy(to.Pix[to.PixOffset(x, y):][:4], img.Pix[img.PixOffset(sx, sy):])
		}
	}
	return to
}
