package gate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
)

// Limits of an app's rules.
const (
	MaxRules     = 100
	maxRulePath  = 500
	MinFresh     = 5    // minutes: shorter than a step-up takes would never let anybody in
	MaxFresh     = 1440 // minutes
	maxRuleNames = 50
)

// Problem is what is wrong with a rule, and the number of its line from 1.
type Problem struct {
	Line int
	sallyport.FieldError
}

func (p *Problem) Error() string { return fmt.Sprintf("line %d: %s", p.Line, p.Code) }

// wrong returns a problem of the field rules, with what was typed there, which is no secret.
func wrong(code, word string) *Problem {
	return &Problem{FieldError: sallyport.FieldError{Field: "rules", Code: code, Args: map[string]string{"word": word, "max": strconv.Itoa(MaxRules)}}}
}

// At says in which line it is.
func (p *Problem) At(line int) *Problem {
	p.Line, p.Args["line"] = line, strconv.Itoa(line)
	return p
}

// Parse reads rules as people write them: one a line, a path and then conditions, # before a remark.
//
//	/assets/*  public
//	/admin/*   role=owner,admin level=2 fresh=15
//	/*         group=Staff,"Night shift" factor
//
// Names of roles and groups stand as they were typed; whoever stores the rules replaces them by ids. The error
// is a *Problem.
func Parse(text string) ([]sallyport.AppRule, error) {
	var rules []sallyport.AppRule
	n := 0
	for line := range strings.Lines(text) {
		n++
		words, ok := split(line)
		if !ok {
			return nil, wrong("rule_quote", "").At(n)
		}
		if len(words) == 0 {
			continue
		}
		r, p := parseRule(words)
		if p != nil {
			return nil, p.At(n)
		}
		rules = append(rules, r)
	}
	if i, p := Check(rules); p != nil {
		return nil, p.At(LineOf(text, i))
	}
	return rules, nil
}

// LineOf returns the line of the rule number i, both from the first: lines from 1, rules from 0.
func LineOf(text string, i int) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if words, _ := split(line); len(words) > 0 {
			if i--; i < 0 {
				return n
			}
		}
	}
	return n
}

func parseRule(words []string) (r sallyport.AppRule, p *Problem) {
	r.Path = words[0]
	for _, w := range words[1:] {
		name, value, has := strings.Cut(w, "=")
		set, known := conditions[name]
		if !known || has == (set.value == nil) {
			return r, wrong("rule_unknown_word", w)
		}
		if set.value == nil {
			set.flag(&r)
		} else if !set.value(&r, value) {
			return r, wrong("rule_wrong_value", w)
		}
	}
	return r, nil
}

// conditions is THE table of what a rule can say.
var conditions = map[string]struct {
	flag  func(*sallyport.AppRule)
	value func(r *sallyport.AppRule, value string) bool
}{
	"public":   {flag: func(r *sallyport.AppRule) { r.Public = true }},
	"everyone": {flag: func(*sallyport.AppRule) {}},
	"factor":   {flag: func(r *sallyport.AppRule) { r.Factor = true }},
	"role": {value: func(r *sallyport.AppRule, value string) bool {
		for _, name := range names(value) {
			r.Roles = append(r.Roles, sallyport.Role(name))
		}
		return len(r.Roles) > 0
	}},
	"group": {value: func(r *sallyport.AppRule, value string) bool {
		r.Groups = append(r.Groups, names(value)...)
		return len(r.Groups) > 0
	}},
	"permission": {value: func(r *sallyport.AppRule, value string) bool {
		r.Permissions = append(r.Permissions, names(value)...)
		return len(r.Permissions) > 0
	}},
	"level": {value: func(r *sallyport.AppRule, value string) bool {
		n, err := strconv.Atoi(value)
		r.Level = sallyport.TrustLevel(n)
		return err == nil && n >= 1 && n <= int(sallyport.TrustHigh)
	}},
	"fresh": {value: func(r *sallyport.AppRule, value string) (ok bool) {
		n, err := strconv.Atoi(strings.TrimSuffix(value, "m"))
		r.Fresh = n
		return err == nil && n >= MinFresh && n <= MaxFresh
	}},
}

// Check finds what is wrong with rules however they were written; i is the number of the rule from 0.
func Check(rules []sallyport.AppRule) (i int, p *Problem) {
	if len(rules) > MaxRules {
		return MaxRules, wrong("rule_too_many", "")
	}
	seen := map[string]bool{}
	for i, r := range rules {
		if code := wrongPath(r.Path); code != "" {
			return i, wrong(code, r.Path)
		}
		if key := strings.ToLower(r.Path); seen[key] {
			return i, wrong("rule_twice", r.Path)
		} else {
			seen[key] = true
		}
		if code := wrongConditions(r); code != "" {
			return i, wrong(code, r.Path)
		}
	}
	return 0, nil
}

func wrongConditions(r sallyport.AppRule) string {
	asks := len(r.Roles)+len(r.Groups)+len(r.Permissions) > 0 || r.Level != 0 || r.Factor || r.Fresh != 0
	switch {
	case r.Public && asks:
		return "rule_public_asks"
	case len(r.Roles)+len(r.Groups)+len(r.Permissions) > maxRuleNames:
		return "rule_too_many"
	case r.Level < 0 || r.Level > sallyport.TrustHigh || r.Fresh != 0 && (r.Fresh < MinFresh || r.Fresh > MaxFresh):
		return "rule_wrong_value"
	}
	return ""
}

// wrongPath returns what is wrong with the path of a rule, "" for nothing. A path stands there decoded.
func wrongPath(path string) string {
	base, _ := strings.CutSuffix(path, "/*")
	switch {
	case !strings.HasPrefix(path, "/"):
		return "rule_needs_path"
	case len(path) > maxRulePath:
		return "rule_path"
	case path == "/.sallyport" || strings.HasPrefix(strings.ToLower(path), "/.sallyport/"):
		return "rule_own_path"
	case strings.ContainsAny(base, "*%;\\?#") || strings.Contains(base, "//"):
		return "rule_path"
	}
	for _, s := range strings.Split(base, "/") {
		if s == "." || s == ".." {
			return "rule_path"
		}
	}
	for _, c := range path {
		if c <= ' ' || c == 0x7f || c == '�' {
			return "rule_path"
		}
	}
	return ""
}

// Format writes rules as Parse reads them. The names of roles and groups are given by name.
func Format(rules []sallyport.AppRule, name func(id string) string) string {
	var b strings.Builder
	width := 0
	for _, r := range rules {
		width = max(width, len(r.Path))
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "%-*s  %s\n", width, r.Path, strings.Join(words(r, name), " "))
	}
	return b.String()
}

func words(r sallyport.AppRule, name func(id string) string) (out []string) {
	list := func(what string, ids []string) {
		if len(ids) > 0 {
			quoted := make([]string, len(ids))
			for i, id := range ids {
				quoted[i] = quote(name(id))
			}
			out = append(out, what+"="+strings.Join(quoted, ","))
		}
	}
	if r.Public {
		return []string{"public"}
	}
	roles := make([]string, len(r.Roles))
	for i, v := range r.Roles {
		roles[i] = string(v)
	}
	list("role", roles)
	list("group", r.Groups)
	if len(r.Permissions) > 0 {
		out = append(out, "permission="+strings.Join(r.Permissions, ","))
	}
	if len(out) == 0 {
		out = append(out, "everyone")
	}
	if r.Level > 0 {
		out = append(out, fmt.Sprintf("level=%d", r.Level))
	}
	if r.Factor {
		out = append(out, "factor")
	}
	if r.Fresh > 0 {
		out = append(out, fmt.Sprintf("fresh=%d", r.Fresh))
	}
	return out
}

// quote writes a name so that names reads it.
func quote(name string) string {
	if name != "" && !strings.ContainsAny(name, " \t,\"#=") {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// split returns the words of a line, with quotes around names kept, up to a remark.
func split(line string) (words []string, ok bool) {
	var b strings.Builder
	quoted := false
	flush := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
			b.WriteRune(c)
		case !quoted && c == '#' && b.Len() == 0:
			return words, true
		case !quoted && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			flush()
		default:
			b.WriteRune(c)
		}
	}
	if quoted {
		return nil, false
	}
	flush()
	return words, true
}

// names reads a list of names, each as it is or in quotes, in which a doubled quote is one.
func names(list string) (out []string) {
	var b strings.Builder
	quoted := false
	take := func() {
		name := strings.TrimSpace(b.String())
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
		b.Reset()
	}
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"' && quoted && i+1 < len(list) && list[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			take()
		default:
			b.WriteByte(c)
		}
	}
	take()
	return out
}
