package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"regexp"

	"github.com/chromedp/chromedp"
)

// EnvScreenshots names the environment variable with the directory for the screenshots of
// Snap and of failed tests. Unset, none are taken.
const EnvScreenshots = "SALLYPORT_SCREENSHOTS"

// Screenshot writes a PNG of the whole page, including what needs scrolling.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	if err := p.screenshot(path); err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
}

// Snap writes a screenshot to the directory that SALLYPORT_SCREENSHOTS names. It does
// nothing when the variable is unset.
func (p *Page) Snap(name string) {
	p.t.Helper()
	if dir := os.Getenv(EnvScreenshots); dir != "" {
		p.Screenshot(filepath.Join(dir, fileName(name)))
	}
}

func (p *Page) snapFailure() {
	p.t.Helper()
	dir := os.Getenv(EnvScreenshots)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, fileName("failed-"+p.t.Name()))
	if err := p.screenshot(path); err != nil {
		p.t.Logf("screenshot: %v", err)
		return
	}
	p.t.Logf("screenshot: %s", path)
}

func (p *Page) screenshot(path string) error {
	ctx, cancel := context.WithTimeout(p.ctx, Timeout)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100)) // 100 means PNG
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, png, 0o644)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

func fileName(name string) string { return notInNames.ReplaceAllString(name, "-") + ".png" }
