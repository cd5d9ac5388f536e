package picture

import (
	"bytes"
	"encoding/binary"
)

// maxScans is how often a progressive JPEG may go over its pixels. Encoders do it ten times; each
// takes time and may take only a few bytes.
const maxScans = 64

// jpegWalk is a walk through a JPEG from segment to segment.
type jpegWalk struct {
	header
	numbers
	frames, scans int
	jfif, rgb     bool
}

func walkJPEG(data []byte) (header, refusal) {
	w := &jpegWalk{numbers: numbers{data, binary.BigEndian}}
	for at := 2; at < len(data)-1; {
		switch m := data[at+1]; {
		case data[at] != 0xff, m == 0x00, m == 0xff:
			at++ // padding, and what decoders overlook too
		case m == 0xd9:
			w.end = at + 2
			return w.done()
		case m == 0xd8, m == 0x01, m >= 0xd0 && m <= 0xd7:
			at += 2
		default:
			size := w.u16(at + 2)
			if size < 2 || at+2+size > len(data) {
				return header{}, broken
			}
			at += 2 + size
			if refused := w.segment(m, data[at-size+2:at]); refused != nil {
				return header{}, refused
			}
			if m == 0xda {
				at = scanned(data, at)
			}
		}
	}
	return header{}, broken
}

// scanned is where the compressed data end that begin at a place: at the first marker that does
// not belong to them.
func scanned(data []byte, at int) int {
	for at < len(data)-1 {
		i := bytes.IndexByte(data[at:len(data)-1], 0xff)
		if i < 0 {
			break
		}
		at += i
		if m := data[at+1]; m != 0 && (m < 0xd0 || m > 0xd7) && m != 0xff {
			return at
		}
		at++
	}
	return len(data)
}

func (w *jpegWalk) segment(m byte, body []byte) refusal {
	switch {
	case m == 0xda:
		if w.scans++; w.scans > maxScans {
			return broken
		}
	case m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc:
		return w.frame(m, body)
	case m == 0xe0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		w.jfif = true
	case m == 0xe1 && w.orientation == 0 && bytes.HasPrefix(body, []byte("Exif\x00\x00")):
		w.orientation = orientation(body)
	case m == 0xee && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		w.rgb = w.rgb || body[11] == 0
	}
	return nil
}

// frame reads the segment that says how large the picture is, and how its colours are stored.
func (w *jpegWalk) frame(m byte, body []byte) refusal {
	const progressive = 0xc2
	n := numbers{body, binary.BigEndian}
	parts := n.u8(5)
	if w.frames++; w.frames > 1 || len(body) != 6+3*parts {
		return broken
	}
	switch {
	case m > progressive:
		return notSupported // lossless, arithmetic
	case n.u8(0) != 8 || parts != 1 && parts != 3 && parts != 4:
		return notSupported
	}
	w.header.h, w.w = n.u16(1), n.u16(3)
	w.memory = jpegSamples(n, parts)
	if m == progressive {
		w.memory *= 1 + 4 // a number for each of them until the last scan is read
	}
	ids := string([]byte{body[6], n.at(9, 1)[0], n.at(12, 1)[0]})
	w.rgb = w.rgb || ids == "RGB"
	if parts == 4 {
		w.memory += 4 * int64(w.w) * int64(w.header.h)
	}
	return nil
}

// jpegSamples is how many numbers a picture has: some colours have one for several pixels.
func jpegSamples(n numbers, parts int) int64 {
	var most, all, across, down int64
	for i := range parts {
		h, v := int64(n.u8(7+3*i)>>4), int64(n.u8(7+3*i)&15)
		across, down = max(across, h), max(down, v)
		all += h * v
	}
	if most = across * down; most == 0 {
		return 0
	}
	whole := func(pixels int, of int64) int64 { return (int64(pixels) + 8*of - 1) / (8 * of) * 8 * of }
	return whole(n.u16(3), across) * whole(n.u16(1), down) * all / most
}

// done adds what the last step takes: colours that are stored as red, green and blue are put
// together.
func (w *jpegWalk) done() (header, refusal) {
	if w.frames == 0 || w.scans == 0 {
		return header{}, broken
	}
	if w.rgb && !w.jfif {
		w.memory += 4 * int64(w.w) * int64(w.header.h)
	}
	return w.header, nil
}
