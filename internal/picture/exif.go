package picture

import (
	"encoding/binary"
	"image"
)

// turn says how the pixels of a file lie: the orientation of Exif, 1 to 8. 0 is upright too.
type turn int

// orientation reads the one tag of Exif data that is of use; 0 when there is none. It looks
// into the first directory only and follows no offset beyond, so there are no circles.
func orientation(b []byte) turn {
	const head, entry, tag, short = 8, 12, 0x0112, 3
	if len(b) < head {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(b[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 0
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 0
	}
	n := int(order.Uint16(b[at:]))
	b = b[at+2:]
	for ; n > 0 && len(b) >= entry; n, b = n-1, b[entry:] {
		if order.Uint16(b) != tag || order.Uint16(b[2:]) != short {
			continue
		}
		if v := order.Uint16(b[8:]); v >= 1 && v <= 8 {
			return turn(v)
		}
		return 0
	}
	return 0
}

// lies reports whether width and height change places when the picture is turned upright.
func (t turn) lies() bool { return t >= 5 }

// size returns that of a picture of w and h when it is turned upright, and the other way
// round: the size is its own reverse.
func (t turn) size(w, h int) (int, int) {
	if t.lies() {
		return h, w
	}
	return w, h
}

// stored returns where a pixel of the upright picture is in the file, whose size is w and h.
func (t turn) stored(x, y, w, h int) image.Point {
	switch t {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(y, h-1-x)
	case 7:
		return image.Pt(w-1-y, h-1-x)
	case 8:
		return image.Pt(w-1-y, x)
	}
	return image.Pt(x, y)
}

// storedRect returns where a part of the upright picture is in the file.
func (t turn) storedRect(r image.Rectangle, w, h int) image.Rectangle {
	a := t.stored(r.Min.X, r.Min.Y, w, h)
	b := t.stored(r.Max.X-1, r.Max.Y-1, w, h)
	return image.Rect(min(a.X, b.X), min(a.Y, b.Y), max(a.X, b.X)+1, max(a.Y, b.Y)+1)
}

// upright turns a picture of which the pixels lie as in the file.
func (t turn) upright(m *image.RGBA) *image.RGBA {
	if t <= 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	tw, th := t.size(w, h)
	out := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range th {
		for x := range tw {
			from := t.stored(x, y, w, h)
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[m.PixOffset(from.X, from.Y):][:4])
		}
	}
	return out
}
