package kittest

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/docs/guide"
	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/message"
)

// Picture is a picture of the user guide: a part of a fixture.
type Picture struct {
	Name, Room, Fixture string
	Of                  string   // the selector of the part
	Shows               []string // ids of texts that the fixture must still have: what the guide points at
}

// Pictures is THE table of the pictures of the user guide.
var Pictures = []Picture{
	{"sign-in", "entry", "sign-in", ".sp-card", []string{"signIn.submit", "signIn.forgot"}},
	{"code-wrong", "entry", "factor-app-wrong", ".sp-card", []string{"factor.wrongClock", "factor.wrongNext", "factor.others", "factor.useBackup"}},
	{"choose", "entry", "enrol-choose", ".sp-card", []string{"method.webauthn", "method.totp", "method.sms", "method.email"}},
	{"backup-codes", "entry", "enrol-codes", ".sp-sheet", []string{"codes.sheet", "codes.once", "codes.download", "codes.print"}},
	{"trust-device", "entry", "device-step-plain", ".sp-card", []string{"deviceStep.trust", "deviceStep.once", "deviceStep.again"}},
	{"ended", "entry", "sign-in-ended-idle", ".sp-card", []string{"ended.title", "ended.idle_timeout"}},
	{"not-me", "entry", "not-me", ".sp-card", []string{"notMe.act", "notMe.reset", "notMe.takeBack"}},
	{"devices", "profile", "devices-many", ".sp-section", []string{"devices.heading", "trust.high", "trust.medium", "trust.low"}},
	{"unusual", "profile", "security-doubt", "#verdict .sp-need:nth-child(2)", []string{"confirmActivity.title", "confirmActivity.act", "confirmActivity.not"}},
	{"lockdown", "profile", "lockdown", ".sp-card", []string{"lockdown.question", "lockdown.act", "lockdown.none"}},
	{"password", "profile", "security-password", "#password", []string{"field.currentPassword", "field.newPassword", "password.submit"}},
}

// The pictures are those of a small phone, and no longer than one screen of it.
const pictureWidth, pictureHeight = 390, 700

var update = flag.Bool("update", false, "take the pictures of the user guide anew")

// guideDir is the guide, seen from the directory of a room.
const guideDir = "../../../docs/guide"

// Guide holds the pictures of the room to its fixtures, by their texts: how wide a letter is
// differs between machines, so the pictures themselves are not compared. With -update it takes
// them anew.
func (r Room) Guide(t *testing.T) {
	if *update {
		r.takePictures(t)
		return // they are embedded from the next build on
	}
	for _, p := range Pictures {
		if p.Room != r.Name {
			continue
		}
		for _, lang := range guide.Languages {
			r.holdsTo(t, p, lang)
		}
	}
}

func (r Room) holdsTo(t *testing.T, p Picture, lang string) {
	t.Helper()
	s := r.speaker(lang)
	f := r.fixture(t, p.Fixture)
	body, err := testTemplates(t, s.Printer).Render(f.Template, f.Page(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range p.Shows {
		if text := message.For(lang).T(id); !strings.Contains(html.UnescapeString(string(body)), text) {
			t.Errorf("the picture %s of the guide shows %q, and the fixture %s does not: take it anew with -update", p.Name, text, p.Fixture)
		}
	}
	taken, err := fs.ReadFile(guide.Files, p.file(lang))
	if err != nil {
		t.Errorf("%v: take it with -update", err)
		return
	}
	size, err := png.DecodeConfig(bytes.NewReader(taken))
	if err != nil || size.Width > pictureWidth || size.Width < pictureWidth/2 || size.Height > pictureHeight {
		t.Errorf("%s: %d by %d pixels, %v", p.file(lang), size.Width, size.Height, err)
	}
}

func (p Picture) file(lang string) string { return fmt.Sprintf("img/%s/%s.png", lang, p.Name) }

func (r Room) fixture(t *testing.T, name string) Fixture {
	t.Helper()
	for _, f := range r.Fixtures {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no fixture %s", name)
	return Fixture{}
}

func (r Room) takePictures(t *testing.T) {
	t.Helper()
	server, page := r.Serve(t), browsertest.Open(t)
	page.Emulate(pictureWidth, pictureHeight, false)
	for _, p := range Pictures {
		if p.Room != r.Name {
			continue
		}
		for _, lang := range guide.Languages {
			page.Navigate(server.URL + "/" + p.Fixture + "?theme=light&lang=" + lang)
			whole := filepath.Join(t.TempDir(), "whole.png")
			page.Screenshot(whole)
			box := browsertest.Eval[[]float64](page, fmt.Sprintf(boxOf, p.Of))
			crop(t, whole, filepath.Join(guideDir, p.file(lang)), image.Rect(int(box[0]), int(box[1]), int(box[2]), int(box[3])))
		}
	}
}

// boxOf is a script that returns where an element is on the page.
const boxOf = `(() => { scrollTo(0, 0); const b = document.querySelector(%q).getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })()`

// crop writes the part of a picture that box is, as far as it fits a screen.
func crop(t *testing.T, from, to string, box image.Rectangle) {
	t.Helper()
	const margin = 8
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	whole, err := png.Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	box = box.Inset(-margin).Intersect(whole.Bounds())
	box.Max.Y = min(box.Max.Y, box.Min.Y+pictureHeight)
	part := image.NewRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	draw.Draw(part, part.Bounds(), whole, box.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, part); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil { //nolint:gosec // part of the documentation
		t.Fatal(err)
	}
}
