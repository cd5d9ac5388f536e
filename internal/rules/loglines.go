package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A logLine is one place where the process writes a line into its log.
type logLine struct {
	level, message, from string
	fields               []string
}

// A logField says what a field of log lines holds.
type logField struct {
	name, means string
	personal    string // what of a person it can hold; "" for nothing
}

// logFields is THE table of what the fields of log lines hold. A line with another field fails
// a test.
var logFields = []logField{
	{"attempt", "which try it was", ""},
	{"cause", "why TLS handshakes failed: a word of the metric", ""},
	{"channel", "`email`, `sms`, `push` or `alert`", ""},
	{"clients", "how many clients", ""},
	{"error", "what went wrong, in the words of the database, the system or the other side", "what the other side quoted, never a whole address that we sent to"},
	{"events", "how many events", ""},
	{"factor", "id of a second factor", ""},
	{"file", "a file that was written; with `--smtp files` it holds a mail", ""},
	{"id", "of a text of the catalogue", ""},
	{"in_this_minute", "how many", ""},
	{"ip", "the client's address", "the address"},
	{"job", "recurring work, by its name", ""},
	{"kind", "of a message, see What is told", ""},
	{"language", "of a text of the catalogue", ""},
	{"last", "the address of the last of them, or what it said", "the address"},
	{"left_out", "how many lines of this reason were not written", ""},
	{"method", "of the request", ""},
	{"network", "the client's IPv4 address, or the /64 of its IPv6 address", "the address"},
	{"next", "when it is tried again, in UTC", ""},
	{"operation", "of the API, by its name", ""},
	{"page", "of the live view", ""},
	{"panic", "what a fault of the program said", "what the program was at work on, in rare cases"},
	{"path", "of a request to `/oauth2/…`, which has no secret in it", ""},
	{"pattern", "the route, without what stands in its places", ""},
	{"reason", "why it was refused", ""},
	{"requests", "how many requests", ""},
	{"route", "the same", ""},
	{"row", "id of a row of the outbox", ""},
	{"sent", "how many rows were sent", ""},
	{"spans", "how many spans were lost", ""},
	{"sslmode", "of the address of the database", ""},
	{"stack", "where in the program", ""},
	{"status", "of the answer", ""},
	{"tenant", "id of an organisation", ""},
	{"to", "the end of a phone number, masked", "its last digits"},
	{"took", "time until the answer", ""},
	{"user", "id of a user", "whose account it is"},
	{"way", "`folder`, `url` or `mail`", ""},
	{"why", "why a message was not sent: a code, or the words of the other side without addresses", ""},
}

// loggers are the last names of what lines are written to.
var loggers = []string{"slog", "log", "Log"}

var levels = []string{"Debug", "Info", "Warn", "Error"}

// unlogged are folders whose programs are no part of the service.
var unlogged = []string{"apptest", "bench", "browsertest", "dbtest", "demo", "doctor", "peertest", "pgtest", "webtest", "rules", "sbom"}

// logLines returns the lines that the sources can write, by level and message.
func logLines(tree fs.FS) ([]logLine, error) {
	var out []logLine
	err := fs.WalkDir(tree, "internal", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && (d.Name() == "testdata" || slices.Contains(unlogged, d.Name())) {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, l := range linesOf(file) {
			l.from = strings.TrimPrefix(path.Dir(name), "internal/")
			out = append(out, l)
		}
		return nil
	})
	rank := func(l logLine) int { return slices.Index(levels, l.level) }
	slices.SortFunc(out, func(a, b logLine) int {
		return cmp.Or(cmp.Compare(rank(b), rank(a)), cmp.Compare(a.message, b.message), cmp.Compare(a.from, b.from))
	})
	return slices.CompactFunc(out, func(a, b logLine) bool {
		return a.level == b.level && a.message == b.message && a.from == b.from && slices.Equal(a.fields, b.fields)
	}), err
}

// linesOf returns the lines that a file writes. Loggers that were given fields before keep them.
func linesOf(file *ast.File) []logLine {
	var out []logLine
	given := map[string][]string{} // fields by the name of the logger
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			clear(given)
		case *ast.AssignStmt:
			call, _ := n.Rhs[0].(*ast.CallExpr)
			to, _ := n.Lhs[0].(*ast.Ident)
			if _, does := logCall(call); to != nil && does == "With" {
				given[to.Name] = fieldsOf(call.Args)
			}
		case *ast.CallExpr:
			if l, ok := lineOf(n, given); ok {
				out = append(out, l)
			}
		}
		return true
	})
	return out
}

// logCall returns the name of the logger that is called, and what it does; "" for other calls.
func logCall(call *ast.CallExpr) (logger, does string) {
	if call == nil {
		return "", ""
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	switch x := s.X.(type) {
	case *ast.Ident:
		logger = x.Name
	case *ast.SelectorExpr:
		logger = x.Sel.Name
	}
	if !slices.Contains(loggers, logger) {
		return "", ""
	}
	return logger, s.Sel.Name
}

func lineOf(call *ast.CallExpr, given map[string][]string) (logLine, bool) {
	logger, does := logCall(call)
	args := []ast.Expr(nil)
	l := logLine{level: strings.TrimSuffix(does, "Context")}
	switch {
	case does == "LogAttrs" || does == "Log":
		if s, ok := call.Args[1].(*ast.SelectorExpr); ok {
			l.level = strings.TrimPrefix(s.Sel.Name, "Level")
		}
		args = call.Args[2:]
	case !slices.Contains(levels, l.level):
		return logLine{}, false
	case does != l.level:
		args = call.Args[1:]
	default:
		args = call.Args
	}
	l.message = literal(args[0])
	l.fields = slices.Concat(given[logger], fieldsOf(args[1:]))
	return l, true
}

// fieldsOf returns the names in pairs of names and values, or of attributes.
func fieldsOf(args []ast.Expr) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		call, _ := args[i].(*ast.CallExpr)
		if _, does := logCall(call); does != "" && len(call.Args) > 0 {
			out = append(out, literal(call.Args[0]))
			continue
		}
		out = append(out, literal(args[i]))
		i++
	}
	return out
}

// literal returns a text of the source, and "?" for what is only known when it is run.
func literal(e ast.Expr) string {
	if b, ok := e.(*ast.BasicLit); ok && b.Kind == token.STRING {
		if s, err := strconv.Unquote(b.Value); err == nil {
			return s
		}
	}
	return "?"
}

func logged(b *strings.Builder, tree fs.FS) error {
	lines, err := logLines(tree)
	if err != nil {
		return err
	}
	row := table(b, "Log lines", "What `serve` writes to standard error, all there is. Each line has `time` (in the zone of the machine, with its offset), `level` and `msg` beside its fields; lines about a request have its id as `request`, "+
		"and `trace` or `trace_id` where it is part of a trace. At level debug there are also the lines of Go's HTTP server about connections that broke. Texts are quoted, or JSON, so that no value can begin a line. "+
		"Read from the sources.", "level", "message", "fields", "written by")
	for _, l := range lines {
		row(strings.ToLower(l.level), l.message, code(l.fields), l.from)
	}
	row = table(b, "Fields of log lines", "No line has a secret, a password, a token, a name or an e-mail address. Rows: `internal/rules/loglines.go`.", "field", "what it holds", "of a person")
	for _, f := range logFields {
		row("`"+f.name+"`", f.means, cmp.Or(f.personal, "nothing"))
	}
	return nil
}

func code(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "`" + n + "`"
	}
	return strings.Join(out, ", ")
}
