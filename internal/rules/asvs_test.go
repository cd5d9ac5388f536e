package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A requirement is a row of docs/asvs.md.
type requirement struct{ id, level, state, evidence string }

// asvsPage returns the rows of both standards, and the lines of the totals.
func asvsPage(t *testing.T) (owasp, nist []requirement, totals map[string]string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	totals = map[string]string{}
	section := ""
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| id ") || strings.HasPrefix(line, "| section ") || strings.HasPrefix(line, "| | ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case section == "" && len(cells) == 5:
			totals[cells[0]] = strings.Join(cells[1:], " ")
		case strings.HasPrefix(section, "V") && len(cells) == 5:
			if chapter, _, _ := strings.Cut(section, " "); !strings.HasPrefix("V"+cells[0], chapter+".") {
				t.Errorf("%s stands under %s", cells[0], section)
			}
			owasp = append(owasp, requirement{cells[0], cells[1], cells[3], cells[4]})
		case strings.HasPrefix(section, "SP ") && len(cells) == 4:
			nist = append(nist, requirement{cells[0], "", cells[2], cells[3]})
		default:
			t.Errorf("a row of %q that nobody understands: %s", section, line)
		}
	}
	return owasp, nist, totals
}

// counted returns the requirements that the page has to have, in order, with their levels.
func counted(t *testing.T) (ids []string, levels map[string]string) {
	t.Helper()
	list, err := os.ReadFile("testdata/asvs.txt")
	if err != nil {
		t.Fatal(err)
	}
	levels = map[string]string{}
	for line := range strings.Lines(string(list)) {
		id, level, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || id == "#" {
			continue
		}
		levels[id] = level
		chapter, _, _ := strings.Cut(id, ".")
		if level != "3" || chapter == "6" || chapter == "7" {
			ids = append(ids, id)
		}
	}
	if len(levels) != 345 || len(ids) != 266 {
		t.Fatalf("%d requirements, %d of them to be counted", len(levels), len(ids))
	}
	return ids, levels
}

// tests returns the test functions of the tree, as package.Name with the package's folder as
// the page has it.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "node_modules" || d.Name() == ".git") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		of := strings.TrimPrefix(strings.TrimPrefix(path.Dir(name), "internal/"), "cmd/")
		for _, found := range declared.FindAllStringSubmatch(string(source), -1) {
			out[of+"."+found[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	named  = regexp.MustCompile("`([^`]+)`")
	linked = regexp.MustCompile(`\[([^\]]+)\]\(([^)#]+)(?:#[^)]*)?\)`)
	isTest = regexp.MustCompile(`\.(?:Test|Fuzz)\w+$`)
)

// evidence checks what one row names.
func evidence(t *testing.T, r requirement, known map[string]bool, model string) {
	t.Helper()
	links := linked.FindAllStringSubmatch(r.evidence, -1)
	for _, l := range links {
		if _, err := os.Stat("../../docs/" + l[2]); err != nil {
			t.Errorf("%s: %v", r.id, err)
		}
	}
	names := named.FindAllStringSubmatch(r.evidence, -1)
	switch r.state {
	case "not applicable":
		if len(r.evidence) < 5 {
			t.Errorf("%s does not say why it is not applicable", r.id)
		}
		return
	case "deviation":
		if len(links) != 1 || !strings.Contains(model, "| **"+links[0][1]+"** |") {
			t.Errorf("%s: the deviation %q is not in docs/threat-model.md", r.id, r.evidence)
		}
		return
	case "met":
		if len(links)+len(names) == 0 {
			t.Errorf("%s names nothing that shows it", r.id)
		}
	default:
		t.Errorf("%s: what is %q?", r.id, r.state)
	}
	for _, n := range names {
		if isTest.MatchString(n[1]) {
			if !known[n[1]] {
				t.Errorf("%s names %s, which is no test", r.id, n[1])
			}
		} else if _, err := os.Stat("../../" + n[1]); err != nil {
			t.Errorf("%s: %v", r.id, err)
		}
	}
}

// sum is a line of the totals.
func sum(rows []requirement) string {
	count := func(state string) int {
		return len(slices.DeleteFunc(slices.Clone(rows), func(r requirement) bool { return r.state != state }))
	}
	return fmt.Sprint(len(rows), count("met"), count("deviation"), count("not applicable"))
}

// docs/asvs.md has every requirement once and in order, names what is there, and adds up.
func TestStandards(t *testing.T) {
	owasp, nist, totals := asvsPage(t)
	ids, levels := counted(t)
	known := tests(t)
	text, err := os.ReadFile("../../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	model := string(text)
	var have []string
	of := map[string][]requirement{"SP 800-63B-4, AAL2": nist}
	lines := map[string]string{"1": "ASVS, level 1", "2": "ASVS, level 2", "3": "ASVS, level 3 of V6 and V7"}
	for _, r := range owasp {
		have = append(have, r.id)
		if r.level != levels[r.id] {
			t.Errorf("%s is of level %s, and not %s", r.id, levels[r.id], r.level)
		}
		of[lines[r.level]] = append(of[lines[r.level]], r)
		evidence(t, r, known, model)
	}
	if !slices.Equal(have, ids) {
		for _, id := range ids {
			if !slices.Contains(have, id) {
				t.Errorf("there is no row for %s", id)
			}
		}
		t.Errorf("%d rows, want %d, each once and in order", len(have), len(ids))
	}
	if len(nist) < 20 {
		t.Errorf("%d rows of SP 800-63B-4 only", len(nist))
	}
	for i, r := range nist {
		if slices.ContainsFunc(nist[:i], func(o requirement) bool { return o.id == r.id }) {
			t.Errorf("two rows for %s", r.id)
		}
		evidence(t, r, known, model)
	}
	for line, rows := range of {
		if got, want := totals[line], sum(rows); got != strings.Trim(want, "[]") {
			t.Errorf("the totals of %s are %s, and should be %s", line, got, want)
		}
	}
}

// Every deviation of the threat model is one of docs/asvs.md, and names the requirements of it.
func TestDeviationsAreCounted(t *testing.T) {
	owasp, nist, _ := asvsPage(t)
	text, err := os.ReadFile("../../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\| \*\*([^*]+)\*\* \| ([^|]+) \|`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 10 {
		t.Errorf("%d deviations only", len(found))
	}
	for _, f := range found {
		rows := 0
		for _, r := range slices.Concat(owasp, nist) {
			if r.state != "deviation" || !strings.Contains(r.evidence, "["+f[1]+"]") {
				continue
			}
			rows++
			if id, _, _ := strings.Cut(r.id, " "); !slices.Contains(strings.FieldsFunc(f[2], func(c rune) bool { return c == ' ' || c == ',' }), id) {
				t.Errorf("%q does not name %s", f[1], r.id)
			}
		}
		if rows == 0 {
			t.Errorf("%q is no deviation of docs/asvs.md", f[1])
		}
	}
}
