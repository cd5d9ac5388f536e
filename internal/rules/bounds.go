package main

import (
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// A bound is a constant of the sources that limits how much there can be of something.
type bound struct {
	file, name string // where the constant is
	of         string // whose limit it is
	means      string
}

// bounds is THE table of limits that are no limits on guessing and no fields of the policy.
var bounds = []bound{
	{"internal/mfa/enrol.go", "maxFactors", "a person", "second factors, without revoked ones"},
	{"internal/apikey/apikey.go", "MaxKeys", "a person", "API keys that were not revoked"},
	{"internal/apikey/make.go", "maxNetworks", "an API key", "networks that it is bound to"},
	{"internal/push/push.go", "MaxSubscriptions", "a person", "browsers that are told by push"},
	{"device.go", "MaxDeviceCredentials", "a request", "credentials of devices that a browser presents"},
	{"internal/bulk/bulk.go", "mostRunning", "an admin", "bulk jobs that are not over"},
	{"internal/bulk/selection.go", "MostIDs", "a call", "sessions that it names"},
	{"internal/group/group.go", "maxBatch", "a call", "people that it puts into a group or takes out"},
	{"internal/account/invite_list.go", "MaxListed", "a call", "people on a list of invitations"},
	{"internal/account/block.go", "mostBlocks", "an organisation", "blocks of networks"},
	{"internal/alert/alert.go", "MaxChannels", "an organisation", "chats and tools that are told"},
	{"internal/webhook/webhook.go", "MaxWebhooks", "an organisation", "webhooks"},
	{"internal/webhook/webhook.go", "MaxDeliveries", "a webhook", "tries that are kept, the newest"},
	{"internal/webhook/input.go", "MaxKinds", "a webhook", "groups and kinds of events that it names"},
	{"internal/sso/sso.go", "MaxProviders", "an organisation", "identity providers"},
	{"internal/sso/sso.go", "MaxDomains", "an organisation", "domains of single sign-on"},
	{"internal/sso/input.go", "maxRules", "an identity provider", "rules for who is admitted, and for roles"},
	{"internal/preview/preview.go", "mostRunning", "an organisation", "previews of a change of the policy that are not over"},
	{"internal/preview/preview.go", "mostNames", "a preview", "people of one effect that are named; all are counted"},
	{"internal/audit/export.go", "MaxExport", "a download", "events in one part of an export"},
	{"internal/api/exchange.go", "maxBody", "a request", "bytes of a body of the API, of pictures apart"},
	{"internal/web/kit/shell.go", "maxForm", "a request", "bytes of a form"},
	{"internal/picture/picture.go", "MaxBytes", "a request", "bytes of a picture"},
	{"internal/picture/picture.go", "maxPixels", "a picture", "pixels"},
	{"internal/picture/picture.go", "maxMemory", "the node", "bytes that decoding takes; one picture at a time"},
	{"internal/factor/password.go", "maxWaiting", "the node", "passwords that wait to be hashed; further ones get 503"},
	{"internal/otlp/otlp.go", "maxWaiting", "the node", "spans that wait for the collector; further ones are counted and dropped"},
	{"internal/notify/worker.go", "maxAttempts", "a message", "tries to deliver it"},
	{"internal/recall/recall.go", "ofOneUser", "a user", "sessions and keys that a node remembers"},
	{"internal/recall/recall.go", "maxTicks", "the node", "seconds for which an answer is remembered at most"},
	{"internal/server/server.go", "requestTimeout", "a request", "how long it may take, exports and live views apart"},
}

// constant returns the value of a constant as it stands in the source, "" for none.
func constant(tree fs.FS, b bound) (string, error) {
	file, err := parse(tree, b.file)
	if err != nil {
		return "", err
	}
	value := ""
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if name.Name == b.name && i < len(spec.Values) {
				value = text(spec.Values[i])
			}
		}
		return true
	})
	return value, nil
}

func parse(tree fs.FS, name string) (*ast.File, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	return parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
}

// text returns an expression as it is written.
func text(e ast.Expr) string {
	var b strings.Builder
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		return ""
	}
	return b.String()
}

func bounded(b *strings.Builder, tree fs.FS) error {
	row := table(b, "Other limits", "How much there can be, besides the limits on guessing and the fields of the policy (`deviceMaxPerUser` and others). Whoever comes to one gets an error that names it. Numbers are those of the sources. Rows: `internal/rules/bounds.go`.",
		"what", "of", "at most", "where")
	for _, r := range bounds {
		value, err := constant(tree, r)
		if err != nil {
			return err
		}
		row(r.means, r.of, "`"+value+"`", strings.TrimPrefix(path.Dir(r.file), "internal/"))
	}
	return nil
}

// A clash is a row of what one field of the policy makes impossible for another.
type clash struct{ field, code, with, when string }

// clashes reads the calls of add in the function that looks for contradictions.
func clashes(tree fs.FS) ([]clash, error) {
	file, err := parse(tree, "internal/policy/values.go")
	if err != nil {
		return nil, err
	}
	var out []clash
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "contradictions" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if name, isName := callee(call); ok && isName && name == "add" && len(call.Args) == 4 {
				out = append(out, clash{literal(call.Args[1]), literal(call.Args[2]), literal(call.Args[3]), strings.ReplaceAll(text(call.Args[0]), "sallyport.", "")})
			}
			return true
		})
	}
	return out, nil
}

func callee(call *ast.CallExpr) (string, bool) {
	if call == nil {
		return "", false
	}
	name, ok := call.Fun.(*ast.Ident)
	if !ok {
		return "", false
	}
	return name.Name, true
}
