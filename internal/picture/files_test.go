package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/bits"
	"slices"
	"testing"
)

// photo is a picture in which every pixel is another colour, as far as there are enough.
func photo(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(x ^ y), 255})
		}
	}
	return m
}

// plain is a picture in one colour, which compresses well.
func plain(w, h int) *image.Paletted {
	return image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Gray{200}, color.Black})
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func jpegOf(m image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func gifOf(frames ...*image.Paletted) []byte {
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// webpOf writes a lossless WebP without any compression: each byte has a code of eight bits.
func webpOf(m *image.NRGBA) []byte { return riff("VP8L", vp8l(m)) }

func vp8l(m *image.NRGBA) []byte {
	var w bitWriter
	w.vp8lHeader(m.Rect.Dx(), m.Rect.Dy())
	w.put(0, 3) // no transform, no cache of colours, one group of codes
	for _, more := range []int{24, 0, 0, 0} {
		w.eightBits(more)
	}
	w.put(1, 4) // distances: one code without bits
	for i := 0; i < len(m.Pix); i += 4 {
		for _, c := range []int{1, 0, 2, 3} {
			w.put(uint32(bits.Reverse8(m.Pix[i+c])), 8)
		}
	}
	return w.end()
}

// bitWriter writes bits, the lowest first.
type bitWriter struct {
	b    []byte
	bits uint64
	n    int
}

func (w *bitWriter) put(v uint32, n int) {
	w.bits |= uint64(v) << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.bits))
		w.bits >>= 8
	}
}

func (w *bitWriter) end() []byte {
	w.put(0, 7)
	return w.b
}

func (w *bitWriter) vp8lHeader(width, height int) {
	w.put(0x2f, 8)
	w.put(uint32(width-1), 14)
	w.put(uint32(height-1), 14)
	w.put(1, 4) // transparent
}

// eightBits announces codes of eight bits for 256 values, and none for the others.
func (w *bitWriter) eightBits(more int) {
	w.put(0, 1)
	w.put(8, 4) // twelve lengths of codes of lengths, of which those of 0 and 8 have a bit each
	for _, length := range []uint32{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1} {
		w.put(length, 3)
	}
	w.put(0, 1)
	for range 256 {
		w.put(1, 1)
	}
	w.put(0, more)
}

// riff is a WebP file of chunks: a name, its bytes, and so on.
func riff(parts ...any) []byte {
	var body []byte
	for i := 0; i < len(parts); i += 2 {
		data := parts[i+1].([]byte)
		body = append(body, parts[i].(string)...)
		body = binary.LittleEndian.AppendUint32(body, uint32(len(data)))
		body = append(body, data...)
		body = append(body, make([]byte, len(data)%2)...)
	}
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4))
	return slices.Concat(head, []byte("WEBP"), body)
}

// vp8x is the chunk that announces a WebP of several chunks.
func vp8x(flags byte, w, h int) []byte {
	return []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)}
}

// vp8Header begins a lossy picture, of which nothing else comes.
func vp8Header(w, h int) []byte {
	return []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
}

// chunk is one of a PNG.
func chunk(name string, body []byte) []byte {
	c := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	c = append(c, body...)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

// ihdr is the first chunk of a PNG.
func ihdr(w, h int, depth, kind, interlaced byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(w))
	b = binary.BigEndian.AppendUint32(b, uint32(h))
	return chunk("IHDR", append(b, depth, kind, 0, 0, interlaced))
}

// withChunks puts chunks behind the first one of a PNG.
func withChunks(file []byte, chunks ...[]byte) []byte {
	const first = 8 + 25
	return slices.Concat(file[:first], slices.Concat(chunks...), file[first:])
}

// segment is one of a JPEG.
func segment(marker byte, body []byte) []byte {
	return slices.Concat([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)), body)
}

// withSegments puts segments behind the start of a JPEG.
func withSegments(file []byte, segments ...[]byte) []byte {
	return slices.Concat(file[:2], slices.Concat(segments...), file[2:])
}

// exif says how a picture has to be turned.
func exif(order binary.AppendByteOrder, orientation int) []byte {
	b := []byte("II*\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = append(b, directory(order, 0x010f, 2, 4, 0)...) // the maker of the camera
	b = append(b, directory(order, 0x0112, 3, 1, orientation)...)
	return order.AppendUint32(b, 0)
}

// directory is an entry of a directory of EXIF.
func directory(order binary.AppendByteOrder, tag, kind, count, value int) []byte {
	b := order.AppendUint16(nil, uint16(tag))
	b = order.AppendUint16(b, uint16(kind))
	b = order.AppendUint32(b, uint32(count))
	b = order.AppendUint16(b, uint16(value))
	return order.AppendUint16(b, 0)
}

// seenAs decodes a rendition.
func seenAs(t *testing.T, r Rendition) image.Image {
	t.Helper()
	m, format, err := image.Decode(bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	if r.Type != "image/"+format {
		t.Errorf("a %s is called %s", format, r.Type)
	}
	if b := m.Bounds(); max(b.Dx(), b.Dy()) != r.Size {
		t.Errorf("a picture of %v is called %d", b, r.Size)
	}
	return m
}
