package operation

import (
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// ownRules are the rules of the specification that gqlparser lacks, or has wrong: one file each, by the specification's
// name. They run when all of gqlparser's rules hold, so they may rely on these.
var ownRules = rules.NewRules(
	core.Rule{Name: "OverlappingFieldsCanBeMerged", RuleFunc: checkOverlappingFields},
	core.Rule{Name: "SingleRootField", RuleFunc: checkSingleRootField},
	core.Rule{Name: "ValuesOfCorrectType", RuleFunc: checkValuesOfCorrectType},
)

// replacedRules are gqlparser's rules in whose place stands one of ownRules, or one of ours that runs beside
// gqlparser's. Introspections are measured with the rest of the document.
var replacedRules = []core.Rule{
	rules.MaxIntrospectionDepth, rules.OverlappingFieldsCanBeMergedRule,
	rules.ValuesOfCorrectTypeRule, rules.KnownArgumentNamesRule, rules.ProvidedRequiredArgumentsRule,
}

// validationRules returns gqlparser's rules and ours that run beside them, with or without suggestions in errors.
func validationRules(suggestions bool) *rules.Rules {
	all := rules.NewDefaultRules()
	for _, replaced := range replacedRules {
		all.RemoveRule(replaced.Name)
	}
	all.AddRule("ArgumentNames", checkArgumentNames)
	all.AddRule("RequiredArguments", checkRequiredArguments)
	if suggestions {
		return all
	}
	all.RemoveRule(rules.FieldsOnCorrectTypeRule.Name)
	quiet := rules.FieldsOnCorrectTypeRuleWithoutSuggestions
	all.AddRule(quiet.Name, quiet.RuleFunc)
	return all
}
