package operation

import "github.com/vektah/gqlparser/v2/validator/rules"

// ownRules are the rules of the specification that gqlparser lacks, or has wrong: one file each, by the specification's
// name. They run when all of gqlparser's rules hold, so they may rely on these.
var ownRules = rules.NewRules(overlappingFieldsRule, singleRootFieldRule, valuesOfCorrectTypeRule)

// validationRules returns gqlparser's rules, with or without suggestions in errors. Introspections are measured with
// the rest of the document.
func validationRules(suggestions bool) *rules.Rules {
	all := rules.NewDefaultRules()
	all.RemoveRule(rules.MaxIntrospectionDepth.Name)
	all.RemoveRule(rules.OverlappingFieldsCanBeMergedRule.Name)
	if suggestions {
		return all
	}
	all.RemoveRule(rules.FieldsOnCorrectTypeRule.Name)
	quiet := rules.FieldsOnCorrectTypeRuleWithoutSuggestions
	all.AddRule(quiet.Name, quiet.RuleFunc)
	return all
}
