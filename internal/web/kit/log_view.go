package kit

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
)

// Part is a piece of a sentence, with the page that it leads to; Path is "" for none.
type Part struct{ Text, Path string }

// Sentence is one in pieces, some of which are links.
type Sentence []Part

// Text is the sentence without links.
func (s Sentence) Text() string {
	var b strings.Builder
	for _, p := range s {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Involved is what is known about those whom events name.
type Involved struct {
	People map[string]sallyport.User // by id
	Links  bool                      // names lead to the pages of these people
}

// LogSentence says what happened for readers of the log: who did what to whom. It is in English where
// the language leaves such texts out.
func (s Speaker) LogSentence(e sallyport.Event, of Involved) Sentence {
	s.Printer = s.Complete()
	id := s.logText(e)
	if id == "" {
		return Sentence{{Text: s.T("event.other", "Kind", e.Kind)}}
	}
	text := s.T(id, blanks...)
	out := s.fill(text, e, of)
	if first, _ := utf8.DecodeRuneInString(text); first == firstMarker && !of.knows(e) {
		out[0].Text = upperFirst(out[0].Text)
	}
	return out
}

// fill puts what happened into the blanks of a text. It is put in after the text was cut into pieces, so
// that no name can be taken for a blank or reach into another piece.
func (s Speaker) fill(text string, e sallyport.Event, of Involved) (out Sentence) {
	for text != "" {
		i := strings.IndexFunc(text, isMarker)
		if i < 0 {
			return append(out, Part{Text: text})
		}
		if i > 0 {
			out = append(out, Part{Text: text[:i]})
		}
		marker, n := utf8.DecodeRuneInString(text[i:])
		out = append(out, logBlanks[marker-firstMarker].is(s, e, of))
		text = text[i+n:]
	}
	return out
}

// logText returns the id of the sentence of an event; "" for a kind without one.
func (s Speaker) logText(e sallyport.Event) string {
	id := "log." + e.Kind
	if !s.Has(id) {
		return ""
	}
	if variant := logVariants[audit.Kind(e.Kind)]; variant != nil {
		id += variant(e)
	}
	switch {
	case e.UserID == "" && s.Has(id+"_nobody"):
		id += "_nobody"
	case e.ActorType == sallyport.ActorUser && e.ActorID == e.UserID && s.Has(id+"_self"):
		id += "_self"
	}
	return id
}

// logVariants are kinds whose details decide which sentence fits: by what the id of that ends with.
var logVariants = map[audit.Kind]func(sallyport.Event) string{
	audit.ReauthFailed:        endsWith("_factor", func(e sallyport.Event) bool { return e.Data["method"] != "" }),
	audit.MFARequirementMoved: endsWith("_lifted", func(e sallyport.Event) bool { return e.Data["required"] == "false" }),
	audit.MFAExempted:         endsWith("_lifted", func(e sallyport.Event) bool { return e.Data["until"] == "" }),
	audit.DigestChosen:        endsWith("_lifted", func(e sallyport.Event) bool { return e.Data["weekly"] == "no" }),
	audit.AvatarChanged:       endsWith("_lifted", func(e sallyport.Event) bool { return e.Data["picture"] == "none" }),
	audit.SignInAnswered:      endsWith("_denied", func(e sallyport.Event) bool { return e.Data["answer"] == string(sallyport.AnswerNotMe) }),
}

func endsWith(suffix string, fits func(sallyport.Event) bool) func(sallyport.Event) string {
	return func(e sallyport.Event) string {
		if fits(e) {
			return suffix
		}
		return ""
	}
}

// logBlanks are what sentences have placeholders for. Who is the first, and only ever begins a sentence.
var logBlanks = []struct {
	name string
	is   func(Speaker, sallyport.Event, Involved) Part
}{
	{"Who", Speaker.who},
	{"Whom", Speaker.whom},
	{"Name", quotes(func(_ Speaker, e sallyport.Event) string { return e.Data["name"] })},
	{"Role", quotes(func(s Speaker, e sallyport.Event) string { return s.roleNamed(e.Data["new"]) })},
	{"Field", quotes(func(s Speaker, e sallyport.Event) string { return s.changedField(e) })},
	{"Old", quotes(func(s Speaker, e sallyport.Event) string { return s.changedValue(e, e.Data["old"]) })},
	{"New", quotes(func(s Speaker, e sallyport.Event) string { return s.changedValue(e, e.Data["new"]) })},
	{"Method", func(s Speaker, e sallyport.Event, _ Involved) Part { return Part{Text: s.methodNamed(e)} }},
	{"Language", func(s Speaker, e sallyport.Event, _ Involved) Part {
		return Part{Text: s.languageNamed(e.Data["language"])}
	}},
}

// firstMarker stands for the first blank while a text is cut into pieces, the next rune for the next one.
// They are for private use, and no text of the catalogue has them.
const firstMarker = '\uE000'

func isMarker(r rune) bool { return r >= firstMarker && r < firstMarker+rune(len(logBlanks)) }

// blanks are names and markers of all blanks, for a text.
var blanks = func() (pairs []any) {
	for i, b := range logBlanks {
		pairs = append(pairs, b.name, string(firstMarker+rune(i)))
	}
	return pairs
}()

// knows reports whether it is somebody known who acted.
func (of Involved) knows(e sallyport.Event) bool {
	_, known := of.People[e.ActorID]
	return known && e.ActorType == sallyport.ActorUser
}

// person is somebody's name, or what stands for that of somebody who is not known.
func (of Involved) person(id, gone string) Part {
	u, known := of.People[id]
	switch {
	case !known:
		return Part{Text: gone}
	case of.Links:
		return Part{cmp.Or(u.Name(), id), PersonPath(id)}
	}
	return Part{Text: cmp.Or(u.Name(), id)}
}

// actors are what those are called who acted and are nobody's account.
var actors = map[sallyport.ActorType]string{
	sallyport.ActorOperator: "log.who.operator", sallyport.ActorSystem: "log.who.system", sallyport.ActorAnonymous: "log.who.anonymous",
}

func (s Speaker) who(e sallyport.Event, of Involved) Part {
	if id := actors[e.ActorType]; id != "" {
		return Part{Text: s.T(id)}
	}
	return of.person(e.ActorID, s.T("log.who.gone"))
}

// whom is whose account it is: an invitation that was withdrawn has only the address left.
func (s Speaker) whom(e sallyport.Event, of Involved) Part {
	return of.person(e.UserID, cmp.Or(e.Data["email"], s.T("log.whom.gone")))
}

// quotes makes a part of a name in quotes. One that was removed with the personal part of the event is
// said to be lost.
func quotes(name func(Speaker, sallyport.Event) string) func(Speaker, sallyport.Event, Involved) Part {
	return func(s Speaker, e sallyport.Event, _ Involved) Part { return Part{Text: s.quoted(name(s, e))} }
}

func (s Speaker) quoted(name string) string {
	if name == "" {
		return s.T("log.lost")
	}
	return s.T("log.quoted", "Name", name)
}

// roleNamed is what a role is called, by its name, or its id when it is built in.
func (s Speaker) roleNamed(role string) string {
	if sallyport.Role(role).BuiltIn() {
		return s.T("role." + role)
	}
	return role
}

// methodNamed is a second factor by the name that its owner gave it, with its method.
func (s Speaker) methodNamed(e sallyport.Event) string {
	method := s.MethodName(e.Data["method"])
	if name := e.Data["name"]; name != "" {
		return s.T("log.methodNamed", "Name", name, "Method", method)
	}
	return s.quoted(method)
}

// languageNamed is the name of a language in itself.
func (s Speaker) languageNamed(tag string) string {
	switch {
	case tag == "":
		return s.T("log.browserLanguage")
	case message.Known(tag):
		return s.quoted(message.For(tag).Self())
	}
	return s.quoted(tag)
}

// upperFirst returns a text with a capital letter at its beginning.
func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[n:]
}
