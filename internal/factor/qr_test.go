package factor_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/factor"
)

var qrTexts = map[string]string{
	"plain":   factor.TOTPURI(rfcSecret, "Acme", "ann@example.com"),
	"unicode": factor.TOTPURI(rfcSecret, "Käserei: Gruyère 🧀", "zoë+1@münchen.example"),
	"longest": factor.TOTPURI(rfcSecret, strings.Repeat("ü", 40), strings.Repeat("u", 60)),
	"digits":  "0123456789",
	"utf-8":   "grüezi 🦊",
}

func decodePNG(t *testing.T, url string) ([]byte, image.Image) {
	t.Helper()
	text, ok := strings.CutPrefix(url, "data:image/png;base64,")
	if !ok {
		t.Fatalf("%.40s… is no data URL of a PNG", url)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return data, picture
}

// zbarimg reads the picture as a phone does. A missing tool fails:
// scripts/setup.sh installs it.
func TestQRPNGIsRead(t *testing.T) {
	for name, text := range qrTexts {
		url, err := factor.QRPNG(text)
		if err != nil {
			t.Fatal(err)
		}
		data, picture := decodePNG(t, url)
		if b := picture.Bounds(); b.Dx() != b.Dy() || b.Dx() < 240 || b.Dx() > 360 || name == "plain" && b.Dx() > 300 {
			t.Errorf("%s: %v pixels", name, b)
		}
		path := filepath.Join(t.TempDir(), "qr.png")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
		if err != nil {
			t.Fatalf("zbarimg (scripts/setup.sh installs it): %v", err)
		}
		if got := strings.TrimSuffix(string(out), "\n"); got != text {
			t.Errorf("%s: %q is read, %q was written", name, got, text)
		}
	}
}

type svg struct {
	XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	Width   int      `xml:"width,attr"`
	Height  int      `xml:"height,attr"`
	ViewBox string   `xml:"viewBox,attr"`
	Rect    []struct {
		Width int    `xml:"width,attr"`
		Fill  string `xml:"fill,attr"`
	} `xml:"rect"`
	Path []struct {
		D    string `xml:"d,attr"`
		Fill string `xml:"fill,attr"`
	} `xml:"path"`
}

func TestQRSVGShowsWhatThePNGDoes(t *testing.T) {
	run := regexp.MustCompile(`^M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	for name, text := range qrTexts {
		source, err := factor.QRSVG(text)
		if err != nil {
			t.Fatal(err)
		}
		var s svg
		if err := xml.Unmarshal([]byte(source), &s); err != nil {
			t.Fatal(err)
		}
		var zero, modules int
		if _, err := fmt.Sscanf(s.ViewBox, "0 0 %d %d", &zero, &modules); err != nil || zero != modules {
			t.Fatalf("%s: viewBox %q", name, s.ViewBox)
		}
		if s.Width != 240 || s.Height != 240 || len(s.Rect) != 1 || s.Rect[0].Width != modules || s.Rect[0].Fill != "#fff" ||
			len(s.Path) != 1 || s.Path[0].Fill != "#000" || !strings.Contains(source, `shape-rendering="crispEdges"`) {
			t.Errorf("%s: %.200s", name, source)
		}
		for _, banned := range []string{"style", "script", "role=", "href", "on"} {
			if strings.Contains(strings.ReplaceAll(source, `shape-rendering="crispEdges"`, ""), banned) {
				t.Errorf("%s: the element has %q", name, banned)
			}
		}

		black := map[image.Point]bool{}
		for d := s.Path[0].D; d != ""; {
			m := run.FindStringSubmatch(d)
			if m == nil || m[3] != m[4] {
				t.Fatalf("%s: path goes on with %.40q", name, d)
			}
			x, _ := strconv.Atoi(m[1])
			y, _ := strconv.Atoi(m[2])
			w, _ := strconv.Atoi(m[3])
			for i := range w {
				black[image.Pt(x+i, y)] = true
			}
			d = d[len(m[0]):]
		}
		url, err := factor.QRPNG(text)
		if err != nil {
			t.Fatal(err)
		}
		_, picture := decodePNG(t, url)
		scale := picture.Bounds().Dx() / modules
		if scale*modules != picture.Bounds().Dx() {
			t.Fatalf("%s: %d pixels for %d modules", name, picture.Bounds().Dx(), modules)
		}
		for y := range modules {
			for x := range modules {
				lum, _, _, _ := picture.At(x*scale+scale/2, y*scale+scale/2).RGBA()
				if (lum == 0) != black[image.Pt(x, y)] {
					t.Fatalf("%s: module %d,%d differs", name, x, y)
				}
				if quiet := min(x, y, modules-1-x, modules-1-y) < 4; quiet && lum == 0 {
					t.Fatalf("%s: module %d,%d of the quiet zone is black", name, x, y)
				}
			}
		}
	}
}

func TestQRRefuses(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "too much": "otpauth://totp/?secret=HUSHHUSH" + strings.Repeat("x", 3000)} {
		for _, make := range []func(string) (string, error){factor.QRPNG, factor.QRSVG} {
			if got, err := make(text); err == nil || got != "" || strings.Contains(err.Error(), "HUSH") {
				t.Errorf("%s: %.40q, %v", name, got, err)
			}
		}
	}
}
