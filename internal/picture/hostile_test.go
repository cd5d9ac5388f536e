package picture_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/picture"
)

// attack is a file that somebody sends who means no good. want is the code that it is refused
// with, without its beginning; "" when a picture is made of it, in which nothing of it remains
// but what it looks like.
type attack struct {
	data []byte
	want string
}

// mark stands in what hides in a file. No picture that is made may have it.
const mark = "ALERT-7f3a"

const (
	page   = "<!doctype html><script>" + mark + "</script>"
	vector = `<svg xmlns="http://www.w3.org/2000/svg"><script>` + mark + `</script></svg>`
	shell  = "<?php system('" + mark + "'); ?>"
)

// zip is an archive of one file that is stored as it is.
func zip() []byte {
	local := join("PK\x03\x04", make([]byte, 26), page)
	return join(local, "PK\x01\x02", make([]byte, 42), "PK\x05\x06", make([]byte, 18))
}

// attacks is the generator: every kind of attack on every kind of file that it fits.
func attacks(t testing.TB) map[string]attack {
	all := map[string]attack{}
	for _, add := range []func(testing.TB, map[string]attack){strangers, hidden, trailing, truncated, bombs, moving, malformed} {
		add(t, all)
	}
	return all
}

// good are the files that the attacks are made of.
func good(t testing.TB) map[string][]byte {
	m := fourParts(40, 40)
	paletted := image.NewPaletted(m.Rect, color.Palette{color.Black, color.White})
	return map[string][]byte{
		"PNG": asPNG(t, m), "JPEG": asJPEG(t, m), "GIF": asGIF(t, paletted), "WebP": unbase64(t, lossyWebP), "lossless WebP": unbase64(t, losslessWebP),
		"progressive JPEG": unbase64(t, progressiveJPEG), "WebP with alpha": unbase64(t, alphaWebP), "interlaced PNG": unbase64(t, interlacedPNG),
	}
}

// strangers are files of other kinds, whatever their names say.
func strangers(_ testing.TB, all map[string]attack) {
	for name, data := range map[string]string{
		"SVG": vector, "SVG with a declaration": `<?xml version="1.0"?>` + vector, "SVG behind a mark of order": "\ufeff" + vector, "SVG, packed": "\x1f\x8b\x08\x00" + vector,
		"a page": page, "a page behind space": "\n\n   " + page, "a page in a comment": "<!-- GIF89a -->" + page, "a script": "alert('" + mark + "')", "PHP": shell,
		"BMP": "BM" + strings.Repeat("\x00", 60), "TIFF": "II*\x00" + strings.Repeat("\x00", 60), "TIFF, the other order": "MM\x00*" + strings.Repeat("\x00", 60),
		"ICO": "\x00\x00\x01\x00\x01\x00" + strings.Repeat("\x00", 60), "AVIF": "\x00\x00\x00\x20ftypavif", "HEIC": "\x00\x00\x00\x18ftypheic", "JPEG XL": "\xff\x0a\x00\x00",
		"JPEG 2000": "\x00\x00\x00\x0cjP  \r\n\x87\n", "PDF": "%PDF-1.7\n" + page, "an archive": string(zip()), "a program": "\x7fELF\x02\x01\x01", "PostScript": "%!PS-Adobe-3.0\n", "XBM": "#define x_width 8\n",
		"MVG": "push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://example.com/)'\n", "a WAV": "RIFF\x24\x00\x00\x00WAVEfmt ", "PNG in lower case": "\x89png\r\n\x1a\n", "PNG that mail has mended": "\x89PNG\n\x1a\n",
		"one byte": "\x89", "a space": " ", "zeros": strings.Repeat("\x00", 4096), "half of a magic number": "\xff\xd8", "GIF88a": "GIF88a" + strings.Repeat("\x00", 60), "WebP without WEBP": "RIFF\x04\x00\x00\x00WEBQ",
	} {
		all["stranger: "+name] = attack{[]byte(data), "not_supported"}
	}
	all["stranger: nothing"] = attack{nil, "required"}
	all["stranger: too long"] = attack{make([]byte, picture.MaxBytes+1), "too_large"}
}

// hidden are pictures with something in their comments, colour profiles and other metadata.
func hidden(t testing.TB, all map[string]attack) {
	files := good(t)
	for name, text := range map[string]string{"a page": page, "PHP": shell, "SVG": vector, "an archive": string(zip())} {
		for _, kind := range []string{"tEXt", "zTXt", "iTXt", "iCCP", "prVt", "eXIf"} {
			all["hidden: "+name+" in "+kind+" of a PNG"] = attack{withChunk(files["PNG"], kind, join("Comment\x00", text)), ""}
		}
		for _, m := range []int{0xfe, 0xe0, 0xe1, 0xe2, 0xed, 0xef} {
			all[fmt.Sprintf("hidden: %s in %x of a JPEG", name, m)] = attack{withSegment(files["JPEG"], m, []byte(text)), ""}
		}
		g := files["GIF"]
		comment := join("!\xfe", len(text), text, 0)
		all["hidden: "+name+" in a comment of a GIF"] = attack{join(g[:len(g)-1], comment, ";"), ""}
		for _, kind := range []string{"XMP ", "ICCP", "EXIF", "JUNK"} {
			all["hidden: "+name+" in "+kind+" of a WebP"] = attack{riff(canvas(0, 64, 64), files["WebP"][12:], riffChunk(kind, []byte(text))), ""}
		}
	}
	all["hidden: a GIF that is a script"] = attack{join("GIF89a/*\x00\x00\x00", "*/=1;", mark), "broken"}
	all["hidden: PHP in the pixels of a PNG"] = attack{asPNG(t, inPixels(shell)), ""}
	for name, tag := range map[string]string{"GPS": "GPSLatitude " + mark, "a thumbnail": "\xff\xd8\xff" + mark} {
		all["hidden: "+name+" in Exif"] = attack{withSegment(files["JPEG"], 0xe1, join("Exif\x00\x00", exif("II", 1), tag)), ""}
	}
}

// inPixels draws a text as grey pixels, as those do who know that the encoder keeps them.
func inPixels(text string) image.Image {
	m := image.NewGray(image.Rect(0, 0, len(text), len(text)))
	for i := range m.Pix {
		m.Pix[i] = text[i%len(text)]
	}
	return m
}

// trailing are files that are two things at once. What phones put behind a photo is dropped.
func trailing(t testing.TB, all map[string]attack) {
	for kind, file := range good(t) {
		for name, tail := range map[string][]byte{"an archive": zip(), "a page": []byte(page), "PHP": []byte(shell), "a PDF": []byte("%PDF-1.4\n" + page), "an archive behind zeros": join(make([]byte, 5000), zip())} {
			all["trailing: "+name+" behind a "+kind] = attack{join(file, tail), "disguised"}
		}
		all["trailing: zeros behind a "+kind] = attack{join(file, make([]byte, 4096)), ""}
		all["trailing: a line break behind a "+kind] = attack{join(file, "\r\n"), ""}
	}
	photo := asJPEG(t, fourParts(40, 40))
	for name, tail := range map[string][]byte{
		"another picture": join(photo, mark), "a video": join("\x00\x00\x00\x18ftypmp42", mark, make([]byte, 99)), "data of a Samsung": join("\x00\x00\x01\x0a\x0e\x00", mark, make([]byte, 50), "SEFT"),
	} {
		all["trailing: "+name+" behind a photo"] = attack{join(photo, tail), ""}
	}
}

func truncated(t testing.TB, all map[string]attack) {
	for kind, file := range good(t) {
		for _, part := range []int{5, 10, 25, 40, 50, 60, 75, 90, 95} {
			if n := len(file) * part / 100; n >= 12 {
				all[fmt.Sprintf("truncated: %d %% of a %s", part, kind)] = attack{file[:n], "broken"}
			}
		}
		all["truncated: a "+kind+" without its last byte"] = attack{file[:len(file)-1], "broken"}
	}
}

// bombs are small files that are large when they are decoded.
func bombs(t testing.TB, all map[string]attack) {
	for _, size := range [][2]int{{60_000, 60_000}, {1 << 30, 1}, {10_001, 10}, {9000, 9000}, {0x7fffffff, 0x7fffffff}} {
		all[fmt.Sprintf("bomb: a PNG of %d by %d", size[0], size[1])] = attack{join(pngMagic, header(size[0], size[1], 8, 6, 0), chunk("IDAT", deflated([]byte{0})), chunk("IEND", nil)), "too_many_pixels"}
	}
	all["bomb: a deep PNG"] = attack{blankPNG(5600, 5600, 16, 6, 0)[:4000], "too_many_pixels"}
	all["bomb: an interlaced PNG"] = attack{join(pngMagic, header(5600, 5600, 8, 6, 1)), "too_many_pixels"}
	for _, kind := range []string{"zTXt", "iTXt", "iCCP"} {
		all["bomb: "+kind] = attack{withChunk(asPNG(t, fourParts(9, 9)), kind, join("x\x00\x00", deflated(make([]byte, 64<<20)))), ""}
	}
	all["bomb: rows beyond the picture"] = attack{join(pngMagic, header(8, 8, 8, 0, 0), chunk("IDAT", deflated(make([]byte, 64<<20))), chunk("IEND", nil)), "broken"}
	all["bomb: a GIF"] = attack{join("GIF89a", little16(65535), little16(65535), 0, 0, 0), "too_many_pixels"}
	all["bomb: a GIF whose image is larger than the screen"] = attack{join("GIF89a", little16(10), little16(10), 0, 0, 0, ",", little16(0), little16(0), little16(65535), little16(65535), 0, 2, 1, 0, 0, ";"), "broken"}
	for name, frame := range map[string][]byte{"baseline": {0xff, 0xc0}, "progressive": {0xff, 0xc2}} {
		all["bomb: a JPEG, "+name] = attack{join("\xff\xd8", frame, big16(17), 8, big16(65535), big16(65535), 3, "\x01\x11\x00\x02\x11\x01\x03\x11\x01", "\xff\xd9"), "too_many_pixels"}
	}
	all["bomb: a progressive JPEG within the pixels"] = attack{join("\xff\xd8\xff\xc2", big16(17), 8, big16(6000), big16(6000), 3, "\x01\x11\x00\x02\x11\x01\x03\x11\x01", "\xff\xd9"), "too_many_pixels"}
	all["bomb: a JPEG of a thousand scans"] = attack{manyScans(unbase64(t, progressiveJPEG), 1000), "broken"}
	all["bomb: a WebP"] = attack{riff(riffChunk("VP8 ", join("\x10\x00\x00\x9d\x01\x2a", little16(16383), little16(16383)))), "too_many_pixels"}
	all["bomb: a lossless WebP"] = attack{riff(riffChunk("VP8L", join(0x2f, little32(0x3fff|0x3fff<<14), 0, 0))), "too_many_pixels"}
	all["bomb: a small canvas around a large WebP"] = attack{riff(canvas(0, 8, 8), riffChunk("VP8L", join(0x2f, little32(1999|1999<<14), 0, 0))), "broken"}
	all["bomb: a huge canvas"] = attack{riff(canvas(16, 1<<24, 1<<24)), "too_many_pixels"}
	all["bomb: a canvas for alpha"] = attack{riff(canvas(16, 6000, 6000), riffChunk("ALPH", []byte{1, 0}), riffChunk("VP8 ", join("\x10\x00\x00\x9d\x01\x2a", little16(6000), little16(6000)))), "too_many_pixels"}
	all["bomb: 65536 groups of codes"] = attack{manyGroups(600, 600, 65536, false), "broken"}
	all["bomb: 2600 groups of codes"] = attack{manyGroups(2500, 2600, 2600, false), ""}
}

// manyScans has the last scan of a progressive JPEG many times.
func manyScans(file []byte, n int) []byte {
	at := bytes.LastIndex(file, []byte{0xff, 0xda})
	scan := file[at : len(file)-2]
	return join(file[:at], bytes.Repeat(scan, n), "\xff\xd9")
}

func moving(t testing.TB, all map[string]attack) {
	all["moving: a GIF"] = attack{movingGIF(t), "animated"}
	all["moving: a GIF with a broken second image"] = attack{movingGIF(t)[:len(movingGIF(t))-8], "animated"}
	all["moving: an APNG"] = attack{withChunk(asPNG(t, fourParts(9, 9)), "acTL", join(big32(2), big32(0))), "animated"}
	all["moving: a WebP"] = attack{unbase64(t, animatedWebP), "animated"}
	all["moving: a WebP that only says so"] = attack{riff(canvas(2, 64, 64), unbase64(t, lossyWebP)[12:]), "animated"}
	all["moving: a WebP that does not say so"] = attack{riff(canvas(0, 64, 64), riffChunk("ANMF", make([]byte, 16)), unbase64(t, lossyWebP)[12:]), "animated"}
}

// malformed are files whose parts contradict each other.
func malformed(t testing.TB, all map[string]attack) {
	png, jpg, web := asPNG(t, fourParts(40, 40)), asJPEG(t, fourParts(40, 40)), unbase64(t, lossyWebP)
	changed := func(file []byte, at, to int) []byte {
		out := bytes.Clone(file)
		out[at] = byte(to)
		return out
	}
	for name, data := range map[string][]byte{
		"PNG with a wrong checksum": changed(png, 30, 99), "PNG with a wrong checksum of its rows": changed(png, len(png)-20, int(png[len(png)-20])+1), "PNG without rows": join(pngMagic, header(8, 8, 8, 6, 0), chunk("IEND", nil)),
		"PNG of no width": blankPNG(0, 8, 8, 6, 0), "PNG of no height": blankPNG(8, 0, 8, 6, 0), "PNG of 3 bits": blankPNG(8, 8, 3, 0, 0), "PNG of unknown colours": join(pngMagic, header(8, 8, 8, 5, 0), chunk("IEND", nil)),
		"PNG with too few rows": join(pngMagic, header(8, 8, 8, 0, 0), chunk("IDAT", deflated(make([]byte, 9))), chunk("IEND", nil)), "PNG with two headers": withChunk(png, "IHDR", png[16:29]), "PNG that begins with rows": join(pngMagic, png[33:]),
		"PNG whose chunk is longer than the file": join(png[:33], big32(0x7fffffff), "tEXt", "x"), "PNG with a length of -1": join(png[:33], "\xff\xff\xff\xfftEXt", make([]byte, 40)), "PNG without its palette": join(pngMagic, header(8, 8, 8, 3, 0), chunk("IDAT", deflated(make([]byte, 72))), chunk("IEND", nil)),
		"JPEG without a frame": join("\xff\xd8\xff\xda", big16(8), "\x01\x01\x00\x00\x3f\x00\xff\xd9"), "JPEG of no height": join("\xff\xd8\xff\xc0", big16(11), 8, big16(0), big16(8), 1, "\x01\x11\x00\xff\xd9"), "JPEG with two frames": doubled(jpg),
		"JPEG with arithmetic coding": join("\xff\xd8\xff\xc9", big16(11), 8, big16(8), big16(8), 1, "\x01\x11\x00\xff\xd9"), "JPEG whose segment has length 1": join("\xff\xd8\xff\xe0\x00\x01", jpg[2:]), "JPEG of 9 parts": join("\xff\xd8\xff\xc0", big16(35), 8, big16(8), big16(8), 9, make([]byte, 27), "\xff\xd9"),
		"JPEG of nothing": []byte("\xff\xd8\xff\xd9"), "JPEG without tables": join("\xff\xd8\xff\xc0", big16(11), 8, big16(8), big16(8), 1, "\x01\x11\x00\xff\xda", big16(8), "\x01\x01\x00\x00\x3f\x00\x12\x34\xff\xd9"),
		"GIF of no size": join("GIF89a", little16(0), little16(0), 0, 0, 0, ";"), "GIF without an image": join("GIF89a", little16(8), little16(8), 0, 0, 0, ";"), "GIF with an unknown block": join("GIF89a", little16(8), little16(8), 0, 0, 0, "?"),
		"GIF with a wrong size of codes": join("GIF89a", little16(2), little16(2), 0x80, 0, 0, make([]byte, 6), ",", make([]byte, 4), little16(2), little16(2), 0, 99, 1, 0, 0, ";"), "GIF without colours": join("GIF89a", little16(2), little16(2), 0, 0, 0, ",", make([]byte, 4), little16(2), little16(2), 0, 2, 2, 0x4c, 1, 0, ";"),
		"WebP that is longer than the file": changed(web, 4, int(web[4])+8), "WebP of no chunks": riff(), "WebP of metadata": riff(canvas(0, 8, 8), riffChunk("EXIF", exif("II", 3))), "WebP with a short header": riff(riffChunk("VP8 ", []byte{1})), "WebP with a short lossless header": riff(riffChunk("VP8L", []byte{0x2f})),
		"WebP with a short canvas": riff(riffChunk("VP8X", []byte{0})), "WebP with two images": riff(web[12:], web[12:]), "WebP whose canvas is another": riff(canvas(0, 65, 64), web[12:]), "WebP of random bits": riff(riffChunk("VP8L", join(0x2f, little32(63|63<<14), bytes.Repeat([]byte{0xa5}, 200)))),
		"WebP with alpha and no image": riff(canvas(16, 64, 64), riffChunk("ALPH", []byte{0})), "WebP with a wrong alpha": riff(canvas(16, 64, 64), riffChunk("ALPH", []byte{3}), web[12:]),
	} {
		all["malformed: "+name] = attack{data, "broken"}
	}
	all["malformed: an index beyond the palette"] = attack{join(pngMagic, header(8, 8, 8, 3, 0), chunk("PLTE", []byte{1, 2, 3}), chunk("IDAT", deflated(bytes.Repeat([]byte{0, 200, 200, 200, 200, 200, 200, 200, 200}, 8))), chunk("IEND", nil)), ""}
	for name, data := range map[string][]byte{
		"with a circle": join("II*\x00", little32(8), little16(1), little16(0x8769), little16(4), little32(1), little32(8), little32(8)), "with an offset beyond": join("II*\x00", little32(0x7fffffff)), "with an offset of -1": join("MM\x00*\xff\xff\xff\xff"),
		"with 65535 tags": join("II*\x00", little32(8), little16(65535), make([]byte, 50)), "with orientation 9": exif("II", 9), "with orientation 0": exif("MM", 0), "of one byte": {1}, "of nothing": {}, "of another order": join("XX*\x00", little32(8)),
	} {
		all["malformed: Exif "+name] = attack{withSegment(jpg, 0xe1, join("Exif\x00\x00", data)), ""}
		all["malformed: Exif "+name+", in a PNG"] = attack{withChunk(png, "eXIf", data), ""}
	}
}

// doubled has the frame of a JPEG twice.
func doubled(file []byte) []byte {
	at := bytes.Index(file, []byte{0xff, 0xc0})
	end := at + 2 + int(binary.BigEndian.Uint16(file[at+2:]))
	return join(file[:end], file[at:end], file[end:])
}

// active is what a browser or a server could take for more than a picture.
var active = regexp.MustCompile(`(?i)<script|<svg|<html|<!doctype|<\?php|<\?xml|%PDF-|PK\x03\x04|PK\x05\x06|` + mark)

func TestHostileFiles(t *testing.T) {
	all := attacks(t)
	if len(all) < 100 {
		t.Fatalf("%d files only", len(all))
	}
	t.Logf("%d hostile files", len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a := all[name]
		for _, shape := range []picture.Shape{picture.Avatar, picture.Logo} {
			p, err := picture.Make(context.Background(), a.data, shape, picture.Crop{X: 1, Y: 1, Size: 30})
			switch {
			case err == nil && a.want != "":
				t.Errorf("%s: made %s, want %s", name, p.Hash, a.want)
			case err == nil:
				nothingOf(t, name, a.data, p)
			case codeOf(err) != a.want:
				t.Errorf("%s: refused with %v, want %q", name, err, a.want)
			}
		}
	}
}

// nothingOf holds that a picture has pixels of the file and no byte of what was hidden there.
func nothingOf(t *testing.T, name string, data []byte, p picture.Picture) {
	t.Helper()
	checked(t, p)
	for _, r := range p.Renditions {
		if bytes.Equal(r.Body, data) || active.Match(r.Body) {
			t.Errorf("%s: %s passes through", name, active.Find(r.Body))
		}
		for _, metadata := range []string{"Exif", "iCCP", "tEXt", "eXIf", "http", "ICC_PROFILE", "Adobe"} {
			if bytes.Contains(r.Body, []byte(metadata)) {
				t.Errorf("%s: %s is still there", name, metadata)
			}
		}
	}
}

// most is what the process may take, whatever it is sent.
const most = 300 << 20

// greedy are the files that take the most memory of those that are not refused.
func greedy(t testing.TB) map[string][]byte {
	large := image.NewPaletted(image.Rect(0, 0, 6300, 6300), color.Palette{color.Black, color.White})
	return map[string][]byte{
		"PNG of 40 megapixels": blankPNG(6320, 6320, 8, 6, 0), "deep PNG": blankPNG(5200, 5200, 16, 6, 0), "interlaced PNG": blankPNG(5200, 5200, 8, 6, 1), "tall PNG": blankPNG(4000, 10_000, 8, 2, 0), "wide PNG": blankPNG(10_000, 4000, 8, 0, 0),
		"JPEG of 40 megapixels": asJPEG(t, large), "progressive JPEG": resized(unbase64(t, progressiveJPEG), 5200, 5200), "JPEG of inks": resized(unbase64(t, cmykJPEG), 5000, 5000),
		"GIF": encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, large, nil) }), "WebP of one group": manyGroups(2600, 2500, 1, false), "WebP of 2600 groups": manyGroups(2500, 2600, 2600, false), "WebP of large groups": manyGroups(100, 100, 2600, true),
	}
}

// resized is a JPEG that says to be larger than it is: the frame is allocated, and the rest missing or grey.
func resized(file []byte, w, h int) []byte {
	out := bytes.Clone(file)
	at := max(bytes.Index(file, []byte{0xff, 0xc2}), bytes.Index(file, []byte{0xff, 0xc0}))
	copy(out[at+5:], join(big16(h), big16(w)))
	return out
}

// A process that is sent everything above one after the other, twice, never takes more than it
// may: the system says how much it took at most.
func TestMemory(t *testing.T) {
	if dir := os.Getenv("SALLYPORT_PICTURES"); dir != "" {
		takeAll(t, dir)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil || testing.Short() || raceEnabled {
		t.Skip("needs /proc, and no race detector, which takes memory of its own")
	}
	dir := t.TempDir()
	files := greedy(t)
	for name, a := range attacks(t) {
		files[strings.ReplaceAll(name, "/", " ")] = a.data
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMemory$", "-test.v") // making the files took memory too
	cmd.Env = append(os.Environ(), "SALLYPORT_PICTURES="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// takeAll makes pictures of all files of a directory, twice.
func takeAll(t *testing.T, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	before := 0
	for range 2 {
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = picture.Make(context.Background(), data, picture.Avatar, picture.Crop{})
			if now := peak(t); now > before+8<<20 {
				t.Logf("%d MB after %s: %v", now>>20, filepath.Base(file), err)
				before = now
			}
		}
	}
	t.Logf("%d MB at most", peak(t)>>20)
	if peak(t) > most {
		t.Fail()
	}
}

// peak returns the most memory that this process had.
func peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	kb, err := strconv.Atoi(string(regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
