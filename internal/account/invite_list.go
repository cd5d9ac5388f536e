package account

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sallyport/sallyport"
)

// MaxListed is how many people a list has at most.
const MaxListed = 1000

// listed is a row of a list of people, as typed.
type listed struct {
	line                                    int // the first line is 1
	email, firstName, lastName, role, group string
	wrong                                   []sallyport.FieldError
}

// column is a field of a row.
type column int

const (
	ignored column = iota
	ofEmail
	ofFirstName
	ofLastName
	ofName // both names in one
	ofRole
	ofGroup
)

// unnamed are the columns of a list without a header.
var unnamed = []column{ofEmail, ofFirstName, ofLastName, ofRole, ofGroup}

// headers are the names of columns in a header, in English and German: small letters only.
var headers = map[string]column{
	"email": ofEmail, "mail": ofEmail, "emailaddress": ofEmail, "emailadresse": ofEmail, "mailadresse": ofEmail, "address": ofEmail, "adresse": ofEmail,
	"firstname": ofFirstName, "givenname": ofFirstName, "vorname": ofFirstName,
	"lastname": ofLastName, "surname": ofLastName, "familyname": ofLastName, "nachname": ofLastName, "familienname": ofLastName,
	"name": ofName, "fullname": ofName, "displayname": ofName,
	"role": ofRole, "rolle": ofRole, "group": ofGroup, "gruppe": ofGroup, "team": ofGroup,
}

// parseList reads a list of people that somebody pasted, or a file of comma-separated values:
//
//	ada@example.com
//	Ada Lovelace <ada@example.com>, "Byron, Lord" <byron@example.com>
//	ada@example.com; Ada; Lovelace; admin; Engines
//	E-mail,First name,Role            a header says which columns there are, and in which order
//
// Columns are separated by tabs, or else semicolons, or else commas. A field that begins with a
// quotation mark goes on to the next single one, in the same line; nothing else escapes anything,
// and each line stands for itself: a mistake in one spoils no other. CodeInvalid for more than
// MaxListed rows, and for none.
func parseList(text string) ([]listed, error) {
	var rows []listed
	columns := unnamed
	first := true
	for i, line := range lines(text) {
		if trim(line) == "" {
			continue
		}
		fields, closed := split(line)
		if named := header(fields); first && named != nil {
			columns, first = named, false
			continue
		}
		first = false
		found := people(fields, columns)
		if !closed {
			found = []listed{{wrong: []sallyport.FieldError{{Field: "list", Code: "unclosed_quote"}}}}
		}
		for _, r := range found {
			r.line = i + 1
			rows = append(rows, r)
		}
		if len(rows) > MaxListed {
			return nil, sallyport.Invalid(sallyport.FieldError{Field: "list", Code: "too_many_rows", Args: map[string]string{"max": "1000"}})
		}
	}
	if len(rows) == 0 {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "list", Code: "required"})
	}
	return rows, nil
}

// trim removes the space around a text, and the invisible characters that copying adds to it.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
}

// lines splits at the ends of lines of every system.
func lines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
}

// split splits a line into its fields, without the space around them. closed is false when a
// quotation mark is missing.
func split(line string) (fields []string, closed bool) {
	for _, separator := range []rune{'\t', ';', ','} {
		fields, closed = splitAt(line, separator)
		if len(fields) > 1 && !(separator == ',' && wholeAddress(line)) {
			return fields, closed
		}
	}
	return []string{trim(line)}, closed
}

// wholeAddress reports whether a line is one address behind a name, which may have a comma:
// Lovelace, Ada <ada@example.com>.
func wholeAddress(line string) bool {
	line = trim(line)
	open := strings.IndexByte(line, '<')
	return open > 0 && strings.IndexByte(line, '>') == len(line)-1 && !strings.Contains(line[:open], "@")
}

// splitAt splits a line at a separator that is in neither quotes nor angle brackets.
func splitAt(line string, separator rune) (fields []string, closed bool) {
	start, begun, quoted, angled := 0, false, false, false
	for i, r := range line {
		switch {
		case r == '"' && (quoted || !begun):
			quoted, begun = !quoted, true
		case quoted:
		case r == '<' || r == '>':
			angled, begun = r == '<', true
		case r == separator && !angled:
			fields = append(fields, trim(line[start:i]))
			start, begun = i+len(string(r)), false
		case !unicode.IsSpace(r):
			begun = true
		}
	}
	return append(fields, trim(line[start:])), !quoted
}

// unquote removes the quotes around a field.
func unquote(field string) string {
	if len(field) < 2 || field[0] != '"' || field[len(field)-1] != '"' {
		return field
	}
	return trim(strings.ReplaceAll(field[1:len(field)-1], `""`, `"`))
}

// header returns the columns that a first line names; nil when it is no header: then it has an
// address, or no column for one.
func header(fields []string) []column {
	columns := make([]column, len(fields))
	for i, f := range fields {
		columns[i] = headers[strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, f)]
		if strings.Contains(f, "@") {
			return nil
		}
	}
	if !slices.Contains(columns, ofEmail) {
		return nil
	}
	return columns
}

// people returns who is in a line: each of its fields where all are addresses, as mail programs
// write them, or one row of a table.
func people(fields []string, columns []column) []listed {
	filled := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return f == "" })
	if len(filled) > 0 && !slices.ContainsFunc(filled, func(f string) bool { return !strings.Contains(f, "@") }) {
		rows := make([]listed, len(filled))
		for i, f := range filled {
			rows[i].address(f)
		}
		return rows
	}
	var r listed
	for i, f := range fields {
		if i < len(columns) {
			r.set(columns[i], f)
		} else if f != "" && len(r.wrong) == 0 {
			r.wrong = append(r.wrong, sallyport.FieldError{Field: "list", Code: "too_many_columns"})
		}
	}
	return []listed{r}
}

func (r *listed) set(c column, field string) {
	text := unquote(field)
	switch c {
	case ofEmail:
		r.address(field)
	case ofFirstName:
		r.firstName = text
	case ofLastName:
		r.lastName = text
	case ofName:
		r.firstName, r.lastName = splitName(text)
	case ofRole:
		r.role = text
	case ofGroup:
		r.group = text
	}
}

// address reads an address, and the name before one in angle brackets.
func (r *listed) address(field string) {
	field = unquote(field)
	r.email = field
	name, rest, angled := cutLast(field, "<")
	if inner, ok := strings.CutSuffix(rest, ">"); angled && ok {
		r.email = trim(inner)
		r.firstName, r.lastName = splitName(unquote(trim(name)))
	}
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// splitName splits a whole name: "Lovelace, Ada" at the comma, others before their last word.
func splitName(name string) (first, last string) {
	if last, first, ok := strings.Cut(name, ","); ok {
		return trim(first), trim(last)
	}
	words := strings.Fields(name)
	if len(words) < 2 {
		return name, ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}
