"""What is measured: dims, type, name and units of every variable."""

from tegum.data.schema import LOSS_CHANGE, schema

F64 = "float64"
ROW = ("...",)
METHODS = ("neuron", "pca", "lib", "turned")
"""`turned`: the local interaction basis, rotated at random in its span."""
BY = ("...", "method")
OF_BASES = {
    "ablation_loss": (("...", "method", "n_kept"), F64, "error over variance"),
    "edge_number": (BY, F64, "directions per output"),
    "n_directions": (BY, F64, "directions of the basis"),
}
METHOD = {"method": (("method",), None, "basis")}

SCHEMAS = {
    "measure/planted": schema(
        "interaction_basis.planted",
        {
            **OF_BASES,
            "eigenvalue": (("...", "method", "basis_dir"), F64, "eigenvalue"),
            "edge": (("...", "method", "output", "basis_dir"), F64, "interaction E"),
            "subspace_overlap": (BY, F64, "share of the relevant subspace that is found"),
            "off_block": (BY, F64, "share of interactions between modules"),
            "off_diagonal": (ROW, F64, "share of interactions off the diagonal, outputs by PCA"),
        },
        METHOD,
    ),
    "measure/maps": schema(
        "interaction_basis.maps",
        {
            "change_lib": (
                ROW,
                F64,
                "largest relative change of an eigenvalue, local interactions",
            ),
            "change_pca": (ROW, F64, "largest relative change of an eigenvalue, PCA"),
            "n_directions": (ROW, F64, "directions of the local interaction basis"),
            "n_outputs": (ROW, F64, "outputs"),
        },
    ),
    "measure/paths": schema(
        "interaction_basis.paths",
        {
            "completeness_err": (ROW, F64, "largest error of completeness"),
            "typical_err": (ROW, F64, "root mean square error of completeness"),
        },
    ),
    "measure/gates": schema(
        "interaction_basis.gates", {**OF_BASES, "loss_change": (ROW, *LOSS_CHANGE)}, METHOD
    ),
    "measure/features": schema(
        "interaction_basis.features", {**OF_BASES, "loss_change": (ROW, *LOSS_CHANGE)}, METHOD
    ),
}
ALONG = {
    "method": list(METHODS),
    "basis_dir": 12,
    "n_kept": 13,
    "output": 4,
}
"""What stands along inner dims, for claims and figures to be tried before there are data."""
