package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func make1(t *testing.T, data []byte, s Shape, c Crop) Picture {
	t.Helper()
	p, err := Make(context.Background(), data, s, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Files of every format and in every way to store colours become an avatar and a logo, the same
// ones each time.
func TestGoodFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []Shape{Avatar, Logo} {
			p := make1(t, data, s, Crop{})
			if again := make1(t, data, s, Crop{}); again.Hash != p.Hash || len(p.Hash) != 32 {
				t.Errorf("%s is %s, and then %s", f, p.Hash, again.Hash)
			}
			for _, r := range p.Renditions {
				b := seenAs(t, r).Bounds()
				if s.square && b.Dx() != b.Dy() || b.Dx() > s.width || b.Dy() > s.height {
					t.Errorf("%s is made into %v", f, b)
				}
			}
		}
	}
}

// The colours stay what they are, however they are stored.
func TestColours(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, f := range files {
		data, _ := os.ReadFile(f)
		want, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if b := want.Bounds(); b.Dx() > Logo.width || b.Dy() > Logo.height {
			continue // is made smaller
		}
		got := seenAs(t, make1(t, data, Logo, Crop{}).Renditions[0])
		for y := range want.Bounds().Dy() {
			for x := range want.Bounds().Dx() {
				if !near(got.At(x, y), want.At(x, y), 3) {
					t.Fatalf("%s: (%d, %d) is %v, want %v", f, x, y, got.At(x, y), want.At(x, y))
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		w, h  int
		shape Shape
		want  []int
	}{
		{1200, 800, Avatar, []int{512, 192, 96, 48}},
		{512, 512, Avatar, []int{512, 192, 96, 48}},
		{300, 2000, Avatar, []int{300, 192, 96, 48}},
		{96, 96, Avatar, []int{96, 48}},
		{5, 40, Avatar, []int{5}},
		{1, 1, Avatar, []int{1}},
		{2000, 500, Logo, []int{480, 240}},
		{300, 300, Logo, []int{120, 60}},
		{100, 50, Logo, []int{100, 50}},
		{9000, 3, Logo, []int{480, 240}},
		{3, 9000, Logo, []int{120, 60}},
		{1, 1, Logo, []int{1}},
	} {
		p := make1(t, pngOf(plain(c.w, c.h)), c.shape, Crop{})
		var sizes []int
		for _, r := range p.Renditions {
			seenAs(t, r)
			sizes = append(sizes, r.Size)
		}
		if !slices.Equal(sizes, c.want) {
			t.Errorf("%d by %d is made into %v, want %v", c.w, c.h, sizes, c.want)
		}
	}
}

// What is transparent stays so, and only that takes a PNG.
func TestTransparent(t *testing.T) {
	m := photo(600, 600)
	if p := make1(t, pngOf(m), Avatar, Crop{}); p.Renditions[0].Type != "image/jpeg" {
		t.Errorf("an opaque avatar is %s", p.Renditions[0].Type)
	}
	for x := range 600 {
		for y := range 300 {
			m.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	for _, s := range []Shape{Avatar, Logo} {
		p := make1(t, pngOf(m), s, Crop{})
		got := seenAs(t, p.Renditions[0])
		_, _, _, top := got.At(5, 5).RGBA()
		_, _, _, bottom := got.At(5, got.Bounds().Dy()-5).RGBA()
		if top != 0 || bottom != 0xffff {
			t.Errorf("alpha is %x above and %x below", top, bottom)
		}
	}
}

// A crop is of the picture as it is seen; one that does not fit is moved into it.
func TestCrop(t *testing.T) {
	m := photo(400, 300)
	for _, c := range []struct{ crop, want Crop }{
		{Crop{}, Crop{50, 0, 300}},
		{Crop{30, 40, 100}, Crop{30, 40, 100}},
		{Crop{-5, 290, 100}, Crop{0, 200, 100}},
		{Crop{390, 0, 9999}, Crop{100, 0, 300}},
		{Crop{7, 9, 1}, Crop{7, 9, 1}},
	} {
		p := make1(t, pngOf(m), Avatar, c.crop)
		got := seenAs(t, p.Renditions[0])
		at := c.want.Size / 2
		if !near(got.At(at, at), m.At(c.want.X+at, c.want.Y+at), 24) || p.Renditions[0].Size != c.want.Size {
			t.Errorf("%v shows %v of size %d, want %v", c.crop, got.At(at, at), p.Renditions[0].Size, m.At(c.want.X+at, c.want.Y+at))
		}
	}
}

func near(a, b color.Color, by int) bool {
	ar, ag, ab, aa := a.RGBA()
	br, bg, bb, ba := b.RGBA()
	for _, d := range []int{int(ar) - int(br), int(ag) - int(bg), int(ab) - int(bb), int(aa) - int(ba)} {
		if d/257 > by || d/257 < -by {
			return false
		}
	}
	return true
}

// sides is how EXIF says it: at which side of what is seen the first row is stored, and at which
// one the first column.
var sides = [9][2]string{{}, {"top", "left"}, {"top", "right"}, {"bottom", "right"}, {"bottom", "left"}, {"left", "top"}, {"right", "top"}, {"right", "bottom"}, {"left", "bottom"}}

// stored is how a camera stores a picture with an orientation.
func stored(m *image.NRGBA, orientation int) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	row, column := sides[orientation][0], sides[orientation][1]
	flips := row == "left" || row == "right"
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	if flips {
		to = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			from := map[string]int{"top": y, "left": x}
			if flips {
				from = map[string]int{"left": y, "top": x}
			}
			at := image.Pt(from["left"], from["top"])
			if row == "right" || column == "right" {
				at.X = w - 1 - at.X
			}
			if row == "bottom" || column == "bottom" {
				at.Y = h - 1 - at.Y
			}
			to.Set(x, y, m.At(at.X, at.Y))
		}
	}
	return to
}

// Every orientation is turned upright, pixel by pixel, in each format and both orders of bytes.
func TestUpright(t *testing.T) {
	m := photo(70, 40)
	for o := 1; o <= 8; o++ {
		s := stored(m, o)
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			e := exif(order, o)
			for name, file := range map[string][]byte{
				"png":  withChunks(pngOf(s), chunk("eXIf", e)),
				"webp": riff("VP8X", vp8x(0x18, s.Rect.Dx(), s.Rect.Dy()), "VP8L", vp8l(s), "EXIF", e),
			} {
				got := seenAs(t, make1(t, file, Logo, Crop{}).Renditions[0])
				if got.Bounds() != m.Rect {
					t.Fatalf("%s, orientation %d: %v", name, o, got.Bounds())
				}
				for y := range 40 {
					for x := range 70 {
						if !near(got.At(x, y), m.At(x, y), 0) {
							t.Fatalf("%s, orientation %d: (%d, %d) is %v, want %v", name, o, x, y, got.At(x, y), m.At(x, y))
						}
					}
				}
			}
		}
	}
}

// So it is with photos, and with a part that was chosen while the photo was seen upright.
func TestUprightCrop(t *testing.T) {
	m := photo(640, 480)
	for o := 1; o <= 8; o++ {
		file := withSegments(jpegOf(stored(m, o)), segment(0xe1, append([]byte("Exif\x00\x00"), exif(binary.BigEndian, o)...)))
		got := seenAs(t, make1(t, file, Avatar, Crop{100, 50, 200}).Renditions[0])
		for _, at := range []image.Point{{5, 5}, {190, 10}, {20, 180}, {150, 160}} {
			if !near(got.At(at.X, at.Y), m.At(100+at.X, 50+at.Y), 30) {
				t.Errorf("orientation %d: %v is %v, want %v", o, at, got.At(at.X, at.Y), m.At(100+at.X, 50+at.Y))
			}
		}
	}
}

// Whoever gives up while others are before them is told so, and too many do not wait.
func TestTurns(t *testing.T) {
	done, err := turn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Make(ctx, pngOf(plain(9, 9)), Avatar, Crop{}); err != context.Canceled {
		t.Errorf("who gave up is told %v", err)
	}
	results := make(chan error, cap(waiting)+1)
	for range cap(waiting) + 1 {
		go func() {
			_, err := Make(context.Background(), pngOf(plain(9, 9)), Avatar, Crop{})
			results <- err
		}()
	}
	if err := <-results; err == nil {
		t.Error("there is no end to those who wait")
	}
	done(0)
	for range cap(waiting) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}
