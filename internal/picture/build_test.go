package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

// What files are built of, right and wrong.

const pngMagic = "\x89PNG\r\n\x1a\n"

func join(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case []byte:
			b.Write(p)
		case int:
			b.WriteByte(byte(p))
		}
	}
	return b.Bytes()
}

func big16(n int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func big32(n int) []byte    { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func little16(n int) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func little32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

func chunk(kind string, body []byte) []byte {
	sum := crc32.ChecksumIEEE(join(kind, body))
	return join(big32(len(body)), kind, body, big32(int(sum)))
}

// header is an IHDR.
func header(w, h, depth, colors, interlace int) []byte {
	return chunk("IHDR", join(big32(w), big32(h), depth, colors, 0, 0, interlace))
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// blankPNG is a picture whose rows are all zeros: small, however large it is.
func blankPNG(w, h, depth, colors, interlace int) []byte {
	bits := map[int]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colors] * depth
	rows := h * ((w*bits+7)/8 + 1)
	if interlace != 0 {
		rows = 0
		for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
			wide, high := (w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3]
			rows += high * ((wide*bits+7)/8 + 1)
		}
	}
	var palette []byte
	if colors == 3 {
		palette = chunk("PLTE", []byte{1, 2, 3})
	}
	return join(pngMagic, header(w, h, depth, colors, interlace), palette, chunk("IDAT", deflated(make([]byte, rows))), chunk("IEND", nil))
}

// withChunk puts one behind the IHDR of a PNG.
func withChunk(png []byte, kind string, body []byte) []byte {
	const head = 8 + 25
	return join(png[:head], chunk(kind, body), png[head:])
}

// withSegment puts one at the beginning of a JPEG.
func withSegment(jpeg []byte, mark int, body []byte) []byte {
	return join(jpeg[:2], 0xff, mark, big16(len(body)+2), body, jpeg[2:])
}

// exif is data with an orientation, in one of the two orders of bytes.
func exif(order string, n int) []byte {
	if order == "II" {
		return join("II*\x00", little32(8), little16(2), little16(0x0100), little16(3), little32(1), little32(9), little16(0x0112), little16(3), little32(1), little16(n), little16(0), little32(0))
	}
	return join("MM\x00*", big32(8), big16(2), big16(0x0100), big16(3), big32(1), big32(9), big16(0x0112), big16(3), big32(1), big16(n), big16(0), big32(0))
}

// offsetGIF is one whose image covers a part of the screen.
func offsetGIF(t testing.TB) []byte {
	m := image.NewPaletted(image.Rect(10, 20, 30, 40), color.Palette{color.Black, color.White})
	return encode(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{Width: 64, Height: 64, ColorModel: m.Palette}})
	})
}

func movingGIF(t testing.TB) []byte {
	m := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	return encode(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{m, m}, Delay: []int{9, 9}})
	})
}

func riff(chunks ...[]byte) []byte {
	body := join("WEBP", bytes.Join(chunks, nil))
	return join("RIFF", little32(len(body)), body)
}

func riffChunk(kind string, body []byte) []byte {
	return join(kind, little32(len(body)), body, make([]byte, len(body)%2))
}

// canvas is a VP8X.
func canvas(flags, w, h int) []byte {
	return riffChunk("VP8X", join(flags, 0, 0, 0, little32(w - 1)[:3], little32(h - 1)[:3]))
}

// bits writes those of a lossless WebP, the lowest first.
type bits struct {
	b []byte
	n int
}

func (w *bits) put(value, n int) {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(value>>i&1) << (w.n % 8)
		w.n++
	}
}

// one is a code of a single symbol, which takes no bits.
func (w *bits) one(symbol int) {
	w.put(1, 1)
	w.put(0, 1)
	w.put(1, 1)
	w.put(symbol, 8)
}

// many is a code of n symbols of the same length, as long as one can be written down: n
// is a power of two.
func (w *bits) many(n int) {
	length := 0
	for 1<<length < n {
		length++
	}
	w.put(0, 1)
	w.put(19-4, 4)
	for _, symbol := range []int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		used := 0
		if symbol == length || symbol == 0 {
			used = 1
		}
		w.put(used, 3)
	}
	w.put(1, 1) // not all lengths are there: n of them
	nbits := 10
	w.put((nbits-2)/2, 3)
	w.put(n-2, nbits)
	one := 1
	if length == 0 {
		one = 0
	}
	for range n {
		w.put(one, 1) // of 0 and length, the longer is 1
	}
}

// manyGroups is a lossless WebP of one colour with n groups of codes, each with large tables.
func manyGroups(w, h, n int, large bool) []byte {
	var o bits
	o.put(0x2f, 8)
	o.put(w-1, 14)
	o.put(h-1, 14)
	o.put(0, 4)
	o.put(0, 1) // no transform
	o.put(0, 1) // no cache of colours
	o.put(1, 1) // groups
	o.put(7, 3) // of squares of 512 pixels
	o.put(0, 1)
	o.one((n - 1) & 255) // green
	o.one((n - 1) >> 8)  // red
	o.one(0)
	o.one(0)
	o.one(0)
	for range n {
		if large {
			o.many(256)
			o.many(256)
			o.many(256)
			o.many(256)
		} else {
			for range 4 {
				o.one(7)
			}
		}
		o.one(0)
	}
	if !large { // its codes take no bits
		return riff(riffChunk("VP8L", o.b))
	}
	return riff(riffChunk("VP8L", append(o.b, make([]byte, w*h*4)...)))
}
