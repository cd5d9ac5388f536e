package demo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// culture holds given and family names that go together, separated by commas.
// What follows an equals sign is how the name is written in an address.
type culture struct{ given, family string }

var (
	dutch = culture{
		"Femke,Sjoerd,Marit,Teun,Annelies,Jurriaan,Noor,Bastiaan,Lieke,Wouter,Fenna,Gijs,Zoë,Daniël",
		"van der Meulen,de Bruijn,Hoekstra,Terpstra,van den Boogaard,Kuipers,Zijlstra,ter Horst,Brouwer,Schouten,IJzerman,Nijhuis",
	}
	british = culture{
		"Imogen,Callum,Priya,Alistair,Niamh,Rhys,Bronagh,Tamsin,Femi,Ewan,Siobhán,Harriet,Cian,Winifred",
		"O'Dowd,Ashworth,Featherstone,MacAulay,Okonjo-Hale,Pemberton,Llewellyn-Price,Thistlewood,Varley,Crowther,Hebden,Ó Súilleabháin",
	}
	german = culture{
		"Jürgen,Anneliese,Björn,Käthe,Lorenz,Friederike,Götz,Hannelore,Matthias,Ulrike,Sönke,Wiebke",
		"Müllerschön,Großmann,Bäumler,Weißenberger,von Hohenstetten,Öztürk,Kröger,Schlüter,Angermaier,Tiedemann,Fürstenau,Reinbold",
	}
	american = culture{
		"Marisol,Deshawn,Kaitlyn,Tucker,Xiomara,Elijah,Mei-Ling,Rosalind,Anders,Tenzin,Beau,Shoshana",
		"Whitaker,Delacroix,Nakamura-Boyd,Lindqvist,Castellanos,Hargrove,Tsosie,Abernathy,Quintero,Winslow,Okafor,Bergstrom",
	}
	canadian = culture{
		"Maëlle,Étienne,Geneviève,Liam,Chloé,Rémi,Aanya,Gurpreet,Océane,Théo,Solène,Malik",
		"Bélanger,Tremblay-Roy,Desrosiers,Gauthier,Lafrenière,Thériault,Sandhu,MacKinnon,L'Heureux,Côté,Ouellet,Beauchamp",
	}
	brazilian = culture{
		"João,Conceição,Thaís,Vinícius,Luíza,Antônio,Jussara,Cauã,Heloísa,Íris,Caetana,Ubiratã",
		"dos Anjos,Gonçalves,de Araújo,Magalhães,Assunção,Brandão,Falcão,Simões,Nóbrega,Queirós,da Conceição,Vasconcelos",
	}
	indian = culture{
		"Ananya,Vihaan,कविता=kavita,रोहन=rohan,தமிழ்செல்வி=tamilselvi,Lakshmi,Arjun,Meenakshi,Harpreet,Devika,Nikhil,Saraswathi",
		"Venkatasubramanian,Chakraborty,शर्मा=sharma,Iyer,Deshpande,Ranganathan,Kaur,Bhattacharya,Nambiar,पाटिल=patil,Mukhopadhyay,Kulkarni",
	}
	japanese = culture{
		"結衣=yui,蓮=ren,陽菜=hina,大翔=hiroto,さくら=sakura,健太=kenta,美咲=misaki,颯=hayate",
		"高橋=takahashi,斎藤=saito,渡辺=watanabe,小笠原=ogasawara,勅使河原=teshigawara,林=hayashi,五十嵐=igarashi,森=mori",
	}
	israeli = culture{
		"שירה=shira,נועם=noam,יעל=yael,איתי=itay,תמר=tamar,עומר=omer,הדס=hadas,רועי=roi",
		"בן-עמי=ben-ami,אבולעפיה=abulafia,שטרן=stern,מזרחי=mizrahi,גולדפרב=goldfarb,אזולאי=azoulay,כרמלי=carmeli,לביא=lavi",
	}
	egyptian = culture{
		"ليلى=layla,يوسف=youssef,مريم=mariam,عمر=omar,نورهان=nourhan,كريم=karim,هبة=heba,طارق=tarek",
		"عبد الرحمن=abdelrahman,الشافعي=elshafei,منصور=mansour,الجندي=elgendy,حسنين=hassanein,بدوي=badawi,السيد=elsayed,فهمي=fahmy",
	}
	nigerian = culture{
		"Chidinma,Oluwaseun,Ngozi,Emeka,Ọlábísí,Temitọ́pẹ́,Ifẹ́olúwa,Amarachi,Yusuf,Zainab",
		"Adéyẹmí,Nwachukwu,Ogunbanjo,Okonkwo-Eze,Abubakar,Balogun,Onyekachi,Akinwándé",
	}
	european = culture{
		"Łucja,Zdzisława,İpek,Αλεξάνδρα=alexandra,Олена=olena,Þórdís=thordis,Jiří,Søren,Ágnes,지우=jiwoo,Quỳnh,Ștefan",
		"Szczepańska,Wiśniewski,Yıldırım,Παπαδοπούλου=papadopoulou,Шевчук=shevchuk,Dvořáková,Kjærgaard,Nagy-Szőllősi,Trần,황보=hwangbo,Țurcanu,Grbić",
	}
)

// odd are people whose names have broken software before.
var odd = []struct {
	site        int // index of sites
	first, last string
	local       string
}{
	{5, "Maria Aparecida Conceição do Nascimento", "Albuquerque Cavalcanti de Figueiredo e Vasconcelos Teixeira", "maria.aparecida"},
	{6, "Thiruvenkatachalapathy", "", "thiru"},
	{3, "Juniper 🌻", "Hargreaves", "juniper.hargreaves"},
	{1, "", "", "no.name"},
	{2, "Null", "Nullmeier", "null.nullmeier"},
	{9, "عبد العزيز", "بن عبد الرحمن آل مصطفى", "abdulaziz"},
	{4, "D'Arcy-Anne", "St. John-Côté", "darcy-anne.st-john-cote"},
	{11, "Ng", "O", "ng.o"},
}

// draw returns a given and a family name of the culture, each with the form
// that goes into an address.
func (c *culture) draw(w *world) (first, last, local string) {
	first, a := split(choose(w, strings.Split(c.given, ",")))
	last, b := split(choose(w, strings.Split(c.family, ",")))
	return first, last, a + "." + b
}

func split(name string) (shown, plain string) {
	shown, plain, ok := strings.Cut(name, "=")
	if !ok {
		plain = ascii(shown)
	}
	return shown, plain
}

// strokes are the letters that no decomposition makes plain.
var strokes = strings.NewReplacer("ł", "l", "ß", "ss", "ø", "o", "æ", "ae", "ı", "i", "đ", "d", "þ", "th")

// ascii returns a name in Latin letters without accents, spaces and apostrophes.
func ascii(name string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || r == ' ' || r == '\'' {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(name)))
	return strokes.Replace(bare)
}
