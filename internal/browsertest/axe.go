package browsertest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
)

// axe-core 4.14.1, for tests only, under the Mozilla Public License 2.0: see
// the licence next to it.
//
//go:embed testdata/axe.min.js.gz
var axeGz []byte

var axeSource = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(axeGz))
	if err != nil {
		return "", err
	}
	source, err := io.ReadAll(r)
	return string(source), err
})

// Violation is one accessibility rule that the page breaks.
type Violation struct {
	ID      string          `json:"id"`
	Impact  string          `json:"impact"` // minor, moderate, serious or critical
	Help    string          `json:"help"`
	HelpURL string          `json:"helpUrl"`
	Nodes   []ViolationNode `json:"nodes"`
}

// ViolationNode is one element that breaks a rule.
type ViolationNode struct {
	Target json.RawMessage `json:"target"` // selectors, nested across frames
	HTML   string          `json:"html"`
	Why    string          `json:"failureSummary"`
}

// Serious reports whether the violation makes the page unusable for some people.
func (v Violation) Serious() bool { return v.Impact == "serious" || v.Impact == "critical" }

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s, see %s", v.ID, v.Impact, v.Help, v.HelpURL)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  at %s: %s\n  %s", n.Target, n.HTML, strings.ReplaceAll(n.Why, "\n", "\n  "))
	}
	return b.String()
}

// Axe fails the test for each serious or critical accessibility rule that the
// page breaks.
func (p *Page) Axe() {
	p.t.Helper()
	p.refuse(p.AxeViolations())
}

// AxeContrast is Axe for the contrast of colours alone, which is what another theme changes of a
// page that Axe has looked at.
func (p *Page) AxeContrast() {
	p.t.Helper()
	p.refuse(p.axe(`, runOnly: ['color-contrast']`))
}

func (p *Page) refuse(violations []Violation) {
	p.t.Helper()
	for _, v := range violations {
		if v.Serious() {
			p.t.Errorf("%s: accessibility: %v", p.look("location.href"), v)
		}
	}
}

// AxeViolations returns the accessibility rules that the page breaks, of any impact. The
// rules run through the debugger, so the page's content security policy does not stop
// them.
func (p *Page) AxeViolations() []Violation {
	p.t.Helper()
	return p.axe("")
}

// axe runs axe-core with further options.
func (p *Page) axe(options string) []Violation {
	p.t.Helper()
	source, err := axeSource()
	if err != nil {
		p.t.Fatalf("browsertest: unpack axe-core: %v", err)
	}
	if !Eval[bool](p, "typeof axe === 'object'") {
		Eval[bool](p, source+";true")
	}
	// Preload would fetch the style sheets again and count as requests of the page.
	result := Eval[string](p, `axe.run(document, {resultTypes: ['violations'], preload: false`+options+`}).then((r) => JSON.stringify(r.violations))`)
	var violations []Violation
	if err := json.Unmarshal([]byte(result), &violations); err != nil {
		p.t.Fatalf("browsertest: axe-core: %v", err)
	}
	return violations
}
