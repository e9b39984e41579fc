package model

// rights are what a role stands for.
type rights struct {
	permissions []Permission
	ownOnly     bool
	sight       Sight
}

// rightsOf are the five built-in roles. The schema's enum Role describes them.
var rightsOf = map[Role]rights{
	RoleAdmin:   {permissions: AllPermission, sight: fullSight},
	RoleManager: {permissions: allBut(PermissionAdmin), sight: fullSight},
	RoleAgent: {permissions: []Permission{PermissionCallCreate, PermissionCallRead, PermissionCallUpdate, PermissionCallRecordRead,
		PermissionCallRecordUpdate, PermissionCustomerPersonRead}, ownOnly: true, sight: fullSight},
	RoleAnalyst: {permissions: []Permission{PermissionCallRead, PermissionCallRecordRead, PermissionCustomerPersonRead, PermissionExport}},
	RoleIntegration: {permissions: []Permission{PermissionCallCreate, PermissionCallRead, PermissionCallUpdate, PermissionCallRecordCreate,
		PermissionCallRecordRead, PermissionCallRecordUpdate, PermissionCustomerPersonCreate, PermissionCustomerPersonRead,
		PermissionCustomerPersonUpdate, PermissionImport}, sight: fullSight},
}

func allBut(excluded Permission) (permissions []Permission) {
	for _, p := range AllPermission {
		if p != excluded {
			permissions = append(permissions, p)
		}
	}
	return permissions
}
