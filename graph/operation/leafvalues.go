package operation

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/graph"
	"callbook/model"
)

// leafProblem returns why a value, other than null, is not of a scalar, or a literal not of an enum; empty where it is.
func (v valueCheck) leafProblem(place valuePlace, definition *ast.Definition, value any) string {
	if definition.Kind == ast.Enum {
		name, isName := value.(enumLiteral)
		return enumProblem(definition, string(name), isName)
	}
	if definition.Name == "ID" && graph.NumericKeys()[graph.InputPlace{Owner: place.owner, Name: place.name}] {
		return numericKeyProblem(value)
	}
	check, known := scalarChecks[definition.Name]
	if !known {
		return "must be of the type " + definition.Name
	}
	return check(value)
}

// maxNamesShown is how many values of an enum an error names at the most.
const maxNamesShown = 12

// enumProblem returns why a name is no value of an enum; empty where it is one. isName tells names from other values.
func enumProblem(definition *ast.Definition, name string, isName bool) string {
	if isName && definition.EnumValues.ForName(name) != nil {
		return ""
	}
	var names []string
	for _, known := range definition.EnumValues {
		names = append(names, known.Name)
	}
	suggestion := ""
	if isName {
		suggestion = didYouMean(name, names)
	}
	if len(names) > maxNamesShown {
		names = append(names[:maxNamesShown:maxNamesShown], "…")
	}
	problem := "must be one of " + strings.Join(names, ", ")
	if caption, hasCaptions := captionExamples[definition.Name]; hasCaptions {
		problem += "; captions such as " + caption + " are for files"
	}
	if suggestion == "" {
		return problem
	}
	return problem + "." + suggestion
}

// captionExamples are captions of enums that files may carry in place of names.
var captionExamples = map[string]string{
	"CallType":           model.CallTypeCaptions[model.CallTypeInbound].Zh,
	"OutgoingCallStatus": model.OutgoingCallStatusCaptions[model.OutgoingCallStatusCompleted].Zh,
	"ResultStatus":       model.ResultStatusCaptions[model.ResultStatusAnswered].Zh,
	"IntentLevel":        model.IntentLevelCaptions[model.IntentLevelA].Zh,
	"ReadStatus":         model.ReadStatusCaptions[model.ReadStatusHasRead].Zh,
	"CallDetailType":     model.CallDetailTypeCaptions[model.CallDetailTypePerson].Zh,
	"Gender":             model.GenderCaptions[model.GenderFemale].Zh,
}

// scalarChecks return why a value is not of a scalar; empty where it is. Rules of ours about it, such as what an
// address is, are for the fields that take it.
var scalarChecks = map[string]func(value any) string{
	"Int": func(value any) string {
		number, isNumber := value.(json.Number)
		if !isNumber {
			return "must be a whole number"
		}
		if _, err := strconv.ParseInt(number.String(), 10, 32); err != nil {
			return "must be a whole number of 32 bits, written without fraction and exponent"
		}
		return ""
	},
	"Float": func(value any) string {
		number, isNumber := value.(json.Number)
		if !isNumber {
			return "must be a number"
		}
		_, err := number.Float64()
		return unless(err == nil, "must be a number that a float of 64 bits has room for")
	},
	"String":  textProblem,
	"Boolean": func(value any) string { return unless(isA[bool](value), "must be true or false") },
	"ID": func(value any) string {
		if isA[string](value) {
			return textProblem(value)
		}
		_, err := model.UnmarshalID(value)
		return unless(err == nil, "must be text, or a whole number of 64 bits")
	},
	"Date": func(value any) string {
		_, err := model.UnmarshalDate(value)
		return unless(err == nil, "must be a day as YYYY-MM-DD")
	},
	"DateTime": func(value any) string {
		if _, err := model.UnmarshalDateTime(value); err != nil {
			return err.Error()
		}
		return ""
	},
	"URL":    textProblem,
	"Upload": func(any) string { return "" }, // the field that takes it says what is wrong
	"JSON":   func(any) string { return "" },
}

// textProblem returns why a value is no text that every engine can store; empty where it is.
func textProblem(value any) string {
	s, isText := value.(string)
	if !isText {
		return "must be text"
	}
	if err := model.CheckText(s); err != nil {
		return err.Error()
	}
	return ""
}

func isA[T any](value any) bool {
	_, ok := value.(T)
	return ok
}

func unless(holds bool, problem string) string {
	if holds {
		return ""
	}
	return problem
}

// numericKeyProblem returns why a value is not a numeric key of 63 bits.
func numericKeyProblem(value any) string {
	if _, err := model.UnmarshalLong(value); err != nil {
		return err.Error()
	}
	return ""
}
