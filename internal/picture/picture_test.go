package picture_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "golang.org/x/image/webp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
)

// Quarters of a picture: red, green, blue, white from the left and from the top.
var quarters = []color.RGBA{{200, 30, 30, 255}, {30, 160, 30, 255}, {30, 30, 200, 255}, {255, 255, 255, 255}}

// fourParts draws a picture of quarters. seen turns it, as a camera that was held so stores it.
func fourParts(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range quarters {
		x, y := i%2*w/2, i/2*h/2
		draw.Draw(m, image.Rect(x, y, x+(w+1)/2, y+(h+1)/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return m
}

func encode(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
}

func asJPEG(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 95}) })
}

func asGIF(t testing.TB, m image.Image) []byte {
	return encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, m, nil) })
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// made returns the rendition of a picture that must be good, decoded, the largest first.
func made(t testing.TB, data []byte, shape picture.Shape, crop picture.Crop) (picture.Picture, []image.Image) {
	t.Helper()
	p, err := picture.Make(context.Background(), data, shape, crop)
	if err != nil {
		t.Fatal(err)
	}
	return p, checked(t, p)
}

var hashes = regexp.MustCompile(`^[0-9a-f]{32}$`)

// checked decodes what was made, which is nothing but PNG and JPEG, in the sizes it says.
func checked(t testing.TB, p picture.Picture) []image.Image {
	t.Helper()
	if !hashes.MatchString(p.Hash) || len(p.Renditions) == 0 {
		t.Fatalf("made %q and %d renditions", p.Hash, len(p.Renditions))
	}
	var all []image.Image
	for _, r := range p.Renditions {
		m, kind, err := image.Decode(bytes.NewReader(r.Body))
		if err != nil || "image/"+kind != r.Type || kind != "png" && kind != "jpeg" {
			t.Fatalf("a rendition of type %s is %s: %v", r.Type, kind, err)
		}
		if max(m.Bounds().Dx(), m.Bounds().Dy()) != r.Size || len(all) > 0 && r.Size >= p.Renditions[len(all)-1].Size {
			t.Fatalf("a rendition of size %d is %v", r.Size, m.Bounds())
		}
		all = append(all, m)
	}
	return all
}

// like reports whether two colours are the same but for what JPEG makes of them.
func like(a, b color.Color) bool {
	x, y := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 24 }
	return near(x.R, y.R) && near(x.G, y.G) && near(x.B, y.B) && near(x.A, y.A)
}

func middles(m image.Image) []color.Color {
	b := m.Bounds()
	var all []color.Color
	for i := range 4 {
		all = append(all, m.At(b.Min.X+(1+i%2*2)*b.Dx()/4, b.Min.Y+(1+i/2*2)*b.Dy()/4))
	}
	return all
}

func TestFormats(t *testing.T) {
	m := fourParts(256, 256)
	paletted := image.NewPaletted(m.Rect, color.Palette{quarters[0], quarters[1], quarters[2], quarters[3]})
	draw.Draw(paletted, m.Rect, m, image.Point{}, draw.Src)
	deep := image.NewNRGBA64(m.Rect)
	draw.Draw(deep, m.Rect, m, image.Point{}, draw.Src)
	for name, data := range map[string][]byte{
		"PNG": asPNG(t, m), "PNG with a palette": asPNG(t, paletted), "PNG with 16 bits": asPNG(t, deep), "JPEG": asJPEG(t, m), "GIF": asGIF(t, paletted),
		"JPEG, progressive": unbase64(t, progressiveJPEG), "PNG, interlaced": unbase64(t, interlacedPNG),
		"WebP, lossy": unbase64(t, lossyWebP), "WebP, lossless": unbase64(t, losslessWebP), "WebP, lossy, with alpha": unbase64(t, alphaWebP),
	} {
		t.Run(name, func(t *testing.T) {
			_, renditions := made(t, data, picture.Avatar, picture.Crop{})
			for i, got := range middles(renditions[0]) {
				if !like(got, quarters[i]) {
					t.Errorf("quarter %d is %v, want %v", i, got, quarters[i])
				}
			}
		})
	}
}

// Which inks a colour is printed with depends on the printer; red stays the reddest.
func TestInks(t *testing.T) {
	_, renditions := made(t, unbase64(t, cmykJPEG), picture.Avatar, picture.Crop{})
	for i, c := range middles(renditions[0])[:3] {
		got := color.NRGBAModel.Convert(c).(color.NRGBA)
		parts := []uint8{got.R, got.G, got.B}
		if slices.Index(parts, slices.Max(parts)) != i {
			t.Errorf("quarter %d is %v", i, got)
		}
	}
}

func TestGreyAndTransparent(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 60, 60))
	draw.Draw(grey, grey.Rect, image.NewUniform(color.Gray{90}), image.Point{}, draw.Src)
	if p, m := made(t, asPNG(t, grey), picture.Avatar, picture.Crop{}); p.Renditions[0].Type != "image/jpeg" || !like(m[0].At(30, 30), color.Gray{90}) {
		t.Errorf("grey became %s, %v", p.Renditions[0].Type, m[0].At(30, 30))
	}
	half := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	draw.Draw(half, image.Rect(0, 0, 150, 300), image.NewUniform(color.NRGBA{200, 0, 0, 128}), image.Point{}, draw.Src)
	p, m := made(t, asPNG(t, half), picture.Avatar, picture.Crop{})
	if p.Renditions[0].Type != "image/png" || !like(m[0].At(75, 75), color.NRGBA{200, 0, 0, 128}) {
		t.Errorf("half transparent became %s, %v", p.Renditions[0].Type, m[0].At(75, 75))
	}
	if _, _, _, a := m[1].At(180, 90).RGBA(); a != 0 {
		t.Error("nothing became something")
	}
	for name, data := range map[string][]byte{"grey and alpha": unbase64(t, greyAlphaPNG), "a part of the screen of a GIF": offsetGIF(t)} {
		if p, m := made(t, data, picture.Avatar, picture.Crop{}); p.Renditions[0].Type != "image/png" || m[0].Bounds().Dx() != 64 {
			t.Errorf("%s became %s, %v", name, p.Renditions[0].Type, m[0].Bounds())
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want []int
	}{
		{3000, 2000, []int{512, 192, 96, 48}}, {512, 900, []int{512, 192, 96, 48}}, {300, 300, []int{300, 192, 96, 48}}, {192, 192, []int{192, 96, 48}},
		{97, 500, []int{97, 96, 48}}, {48, 48, []int{48}}, {20, 30, []int{20}}, {1, 1, []int{1}},
	} {
		p, _ := made(t, asPNG(t, fourParts(c.w, c.h)), picture.Avatar, picture.Crop{})
		var got []int
		for _, r := range p.Renditions {
			got = append(got, r.Size)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d×%d became %v, want %v", c.w, c.h, got, c.want)
		}
	}
}

func TestLogo(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want []image.Point
	}{
		{960, 240, []image.Point{{480, 120}, {240, 60}}}, {960, 100, []image.Point{{480, 50}, {240, 25}}}, {400, 400, []image.Point{{120, 120}, {60, 60}}},
		{100, 50, []image.Point{{100, 50}, {50, 25}}}, {9000, 2, []image.Point{{480, 1}, {240, 1}}}, {2, 9000, []image.Point{{1, 120}, {1, 60}}}, {1, 1, []image.Point{{1, 1}}},
	} {
		p, renditions := made(t, asPNG(t, fourParts(c.w, c.h)), picture.Logo, picture.Crop{X: 5, Size: 1})
		var got []image.Point
		for i, m := range renditions {
			got = append(got, m.Bounds().Size())
			if p.Renditions[i].Type != "image/png" {
				t.Errorf("a logo is %s", p.Renditions[i].Type)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d×%d became %v, want %v", c.w, c.h, got, c.want)
		}
	}
}

func TestCrop(t *testing.T) {
	m := fourParts(400, 200)
	for _, c := range []struct {
		crop picture.Crop
		size int
		want []color.RGBA
	}{
		{picture.Crop{}, 200, quarters},
		{picture.Crop{X: 0, Y: 0, Size: 100}, 100, slices.Repeat(quarters[:1], 4)},
		{picture.Crop{X: 200, Y: 100, Size: 100}, 100, slices.Repeat(quarters[3:], 4)},
		{picture.Crop{X: 9999, Y: -50, Size: 60}, 60, slices.Repeat(quarters[1:2], 4)}, // moved to the edge
		{picture.Crop{X: 3, Y: 3, Size: 5000}, 200, quarters},                          // no such square
	} {
		_, renditions := made(t, asPNG(t, m), picture.Avatar, c.crop)
		if got := renditions[0].Bounds().Dx(); got != c.size {
			t.Errorf("%+v has size %d, want %d", c.crop, got, c.size)
		}
		for i, got := range middles(renditions[0]) {
			if !like(got, c.want[i]) {
				t.Errorf("%+v: quarter %d is %v, want %v", c.crop, i, got, c.want[i])
			}
		}
	}
}

// stored returns the picture as a camera stores it whose orientation is n: the definitions of
// Exif, written down apart from the code that reads them.
func stored(m *image.RGBA, n int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	ways := map[int]func(x, y int) (int, int){ // where a pixel of the upright picture is stored
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, w - 1 - x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return h - 1 - y, x },
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if n >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			sx, sy := ways[n](x, y)
			out.Set(sx, sy, m.At(x, y))
		}
	}
	return out
}

// Every orientation comes out as the same picture, to the pixel, in each way of writing it.
func TestOrientation(t *testing.T) {
	upright := image.NewRGBA(image.Rect(0, 0, 50, 40))
	for i := range upright.Pix {
		upright.Pix[i] = byte(i * 37 >> 2)
		if i%4 == 3 {
			upright.Pix[i] = 255 - byte(i/4%2) // not opaque, so that the avatar is a PNG
		}
	}
	crop := picture.Crop{X: 7, Y: 3, Size: 30}
	_, want := made(t, asPNG(t, upright), picture.Avatar, crop)
	for n := 1; n <= 8; n++ {
		for _, order := range []string{"II", "MM"} {
			_, got := made(t, withChunk(asPNG(t, stored(upright, n)), "eXIf", exif(order, n)), picture.Avatar, crop)
			if !samePixels(got[0], want[0]) {
				t.Errorf("PNG, orientation %d, %s: another picture", n, order)
			}
		}
		big := fourParts(120, 80)
		_, got := made(t, withSegment(asJPEG(t, stored(big, n)), 0xe1, append([]byte("Exif\x00\x00"), exif("MM", n)...)), picture.Logo, picture.Crop{})
		if got[0].Bounds().Size() != big.Rect.Size() {
			t.Errorf("JPEG, orientation %d: size %v", n, got[0].Bounds())
		}
		for i, c := range middles(got[0]) {
			if !like(c, quarters[i]) {
				t.Errorf("JPEG, orientation %d: quarter %d is %v", n, i, c)
			}
		}
	}
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if color.NRGBAModel.Convert(a.At(x, y)) != color.NRGBAModel.Convert(b.At(x, y)) {
				return false
			}
		}
	}
	return true
}

// What is asked for twice has one address, whatever else the file says.
func TestHash(t *testing.T) {
	plain := asPNG(t, fourParts(300, 200))
	one, _ := made(t, plain, picture.Avatar, picture.Crop{})
	two, _ := made(t, withChunk(plain, "tEXt", []byte("Comment\x00taken at home")), picture.Avatar, picture.Crop{})
	three, _ := made(t, asPNG(t, fourParts(300, 202)), picture.Avatar, picture.Crop{Size: 20})
	if one.Hash != two.Hash || one.Hash == three.Hash {
		t.Errorf("%s, %s and %s", one.Hash, two.Hash, three.Hash)
	}
}

func TestGiveUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	good := asPNG(t, fourParts(8, 8))
	for range 50 { // either is chosen at random while the gate is open
		if _, err := picture.Make(ctx, good, picture.Avatar, picture.Crop{}); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func codeOf(err error) string {
	var e *sallyport.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "picture" || e.Code != sallyport.CodeInvalid {
		return "another error"
	}
	return strings.TrimPrefix(e.Fields[0].Code, "picture_")
}
