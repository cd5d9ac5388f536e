package kit

import (
	"bytes"
	"fmt"
	"html/template"
	"image/png"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/sallyport/sallyport/docs/guide"
)

// HelpPath is where the user guide is. Its pages are below, by the names of their files.
const HelpPath = "/help"

// GuidePage is a page of the user guide.
type GuidePage struct {
	Name  string // "devices"
	Title string
	Text  template.HTML
	Links []string // the pages it leads to, in their order
}

// Path is its address.
func (g GuidePage) Path() string {
	if g.Name == guide.Index {
		return HelpPath
	}
	return HelpPath + "/" + g.Name
}

// GuideIn is the user guide in one language.
type GuideIn struct {
	Lang  string
	Pages map[string]GuidePage
}

// Guide returns the user guide in a language, in English where it is not written in that.
func Guide(lang string) GuideIn {
	if !slices.Contains(guide.Languages, lang) {
		lang = guide.Languages[0]
	}
	return loadGuide()[lang]
}

var loadGuide = sync.OnceValue(func() map[string]GuideIn {
	all := map[string]GuideIn{}
	for _, lang := range guide.Languages {
		in, err := readGuide(lang)
		if err != nil {
			panic(err)
		}
		all[lang] = in
	}
	return all
})

func readGuide(lang string) (GuideIn, error) {
	in := GuideIn{lang, map[string]GuidePage{}}
	files, err := fs.Glob(guide.Files, lang+"/*.md")
	if err != nil {
		return in, err
	}
	for _, file := range files {
		source, err := guide.Files.ReadFile(file)
		if err != nil {
			return in, err
		}
		page := GuidePage{Name: strings.TrimSuffix(path.Base(file), ".md")}
		if err := page.read(source); err != nil {
			return in, fmt.Errorf("%s: %w", file, err)
		}
		in.Pages[page.Name] = page
	}
	return in, nil
}

// markdown reads what the guide is written in. HTML in it is left out: the guide needs none.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table))

// read makes the page of its Markdown. Links and pictures, which lead from file to file there,
// lead from page to page.
func (g *GuidePage) read(source []byte) error {
	tree := markdown.Parser().Parse(text.NewReader(source))
	err := ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 1 {
				g.Title = string(n.Lines().Value(source))
			}
		case *ast.Link:
			if name, ok := strings.CutSuffix(string(n.Destination), ".md"); ok {
				g.Links = append(g.Links, name)
				n.Destination = []byte(GuidePage{Name: name}.Path())
			}
		case *ast.Image:
			return ast.WalkContinue, showPicture(n)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = markdown.Renderer().Render(&out, source, tree)
	g.Text = template.HTML(out.String()) //nolint:gosec // of embedded files, without raw HTML
	return err
}

// showPicture gives a picture its address, and its size, so that the text stays where it is
// while the picture loads.
func showPicture(n *ast.Image) error {
	file := strings.TrimPrefix(string(n.Destination), "../")
	body, err := guide.Files.ReadFile(file)
	if err != nil {
		return err
	}
	size, err := png.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	url, err := AssetURL(pictureName(file))
	if err != nil {
		return err
	}
	n.Destination = []byte(url)
	n.SetAttributeString("width", []byte(strconv.Itoa(size.Width)))
	n.SetAttributeString("height", []byte(strconv.Itoa(size.Height)))
	n.SetAttributeString("loading", []byte("lazy"))
	return nil
}

// pictureName is the name of a picture of the guide among the static files.
func pictureName(file string) string { return "guide/" + strings.TrimPrefix(file, "img/") }

// addGuide adds the pictures of the guide to the static files.
func (all assets) addGuide() error {
	files, err := fs.Glob(guide.Files, "img/*/*.png")
	if err != nil {
		return err
	}
	for _, file := range files {
		body, err := guide.Files.ReadFile(file)
		if err != nil {
			return err
		}
		if err := all.add(pictureName(file), body); err != nil {
			return err
		}
	}
	return nil
}
