package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is the Chromium process of this test binary.
type Browser struct {
	ctx context.Context // of the process
}

// New returns the browser of this test binary. The first call starts it, and it ends with
// the test binary.
func New(t testing.TB) *Browser {
	t.Helper()
	b, err := shared()
	if err != nil {
		t.Fatalf("browsertest: %v", err)
	}
	return b
}

var shared = sync.OnceValues(start)

// startTimeout bounds the start of Chromium on a busy machine.
const startTimeout = time.Minute

func start() (*Browser, error) {
	path, err := findBrowser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sp-browser-")
	if err != nil {
		return nil, err
	}
	if err := startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	ctx, _ := chromedp.NewExecAllocator(context.Background(), options(path, dir)...)
	ctx, cancel := chromedp.NewContext(ctx)

	// The process lives as long as the context of this call, so that context cannot have
	// the time limit.
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(ctx) }()
	select {
	case err = <-started:
	case <-time.After(startTimeout):
		err = fmt.Errorf("no answer within %v", startTimeout)
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return &Browser{ctx: ctx}, nil
}

// options returns how Chromium runs: headless, with a fresh profile, and the same everywhere.
func options(path, dir string) []chromedp.ExecAllocatorOption {
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dir),
		// Certificates, caches, crash reports and lock files are written there too.
		chromedp.Env("HOME="+dir, "TMPDIR="+dir),
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("lang", "en-US"),
		// Test servers have self-signed certificates.
		chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("host-resolver-rules",
			"MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]"),
	)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium's sandbox does not work as root
	}
	return opts
}
