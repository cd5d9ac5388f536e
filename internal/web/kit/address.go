package kit

import (
	"net/http"
	"net/url"
	"strings"
)

// WithQuery returns a path with what is asked of it.
func WithQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Kept is a value that a form takes along.
type Kept struct{ Name, Value string }

// KeepNext is the page to go on to as a value to be kept, unless it is the first one.
func KeepNext(next string) []Kept {
	if next = LocalPath(next); next == HomePath {
		return nil
	}
	return []Kept{{"next", next}}
}

// LocalPath returns next when it is a path of this server, and the first page
// otherwise: a link to the sign-in page must not lead to another site.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return HomePath
	}
	return u.RequestURI()
}

// SignInWith returns the sign-in page that leads on to next.
func SignInWith(next string) string { return WithNext(SignInPath, next) }

// WithNext returns the address of a page of the sign-in that leads on to next.
func WithNext(path, next string) string {
	if next = LocalPath(next); next == HomePath {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// pageOf returns the page to come back to: that of a form has the path it is sent to.
func pageOf(r *http.Request) string {
	switch {
	case r.Method == http.MethodGet:
		return r.URL.RequestURI()
	case r.URL.Path == StepUpPath || strings.HasPrefix(r.URL.Path, StepUpPath+"/"): // it proves for another page
		return LocalPath(r.FormValue("next"))
	}
	return WithBack(r.URL.Path, r.URL.Query().Get(backParam))
}

// backParam says where an act leads back to, for one that several pages offer.
const backParam = "back"

// WithBack returns the address of an act that leads back to a page; to where the act decides
// without one.
func WithBack(path, back string) string {
	if back == "" {
		return path
	}
	return WithQuery(path, url.Values{backParam: {LocalPath(back)}})
}

// BackTo returns the page that an act leads back to, or otherwise where its address names none.
func BackTo(v *Visit, otherwise string) string {
	if back := v.R.URL.Query().Get(backParam); back != "" {
		return LocalPath(back)
	}
	return otherwise
}

// StepUpWith returns the address that asks for what an act needs and leads on to next.
func StepUpWith(act, next string) string {
	query := url.Values{}
	for _, k := range KeepAct(act, next) {
		query.Set(k.Name, k.Value)
	}
	return WithQuery(StepUpPath, query)
}

// KeepAct is the act that more is proven for, and the page to go on to, as values to be kept.
func KeepAct(act, next string) []Kept { return append([]Kept{{"act", act}}, KeepNext(next)...) }
