# SPDX-License-Identifier: MIT
"""The four ways to save and load: what the programs beside this one do, in Python."""
import torch


# [state_dict]
def state_dict(model):
    model.load_state_dict(torch.load("weights.pt"))
    model.eval()

    torch.save(model.state_dict(), "weights_again.pt")
# [end]


# [entire_model]
def entire_model():
    model = torch.jit.load("model.ts")
    model.eval()

    model.save("model_again.ts")
# [end]


# [general_checkpoint]
def general_checkpoint(model, optimizer):
    checkpoint = torch.load("ckpt.tar")
    model.load_state_dict(checkpoint["model_state_dict"])
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    epoch = checkpoint["epoch"]
    model.train()

    torch.save({"epoch": epoch + 1,
                "model_state_dict": model.state_dict(),
                "optimizer_state_dict": optimizer.state_dict(),
                "loss": checkpoint["loss"]}, "ckpt_again.tar")
# [end]


# [several_models]
def several_models(model_a, model_b, optimizer_a, optimizer_b):
    parts = {"modelA_state_dict": model_a, "modelB_state_dict": model_b,
             "optimizerA_state_dict": optimizer_a, "optimizerB_state_dict": optimizer_b}
    checkpoint = torch.load("several.tar")
    for key, part in parts.items():
        part.load_state_dict(checkpoint[key])

    torch.save({key: part.state_dict() for key, part in parts.items()}, "several_again.tar")
# [end]


a, b = torch.jit.load("model.ts"), torch.jit.load("model.ts")
adam = [torch.optim.Adam(m.parameters(), lr=0.5) for m in (a, b)]
state_dict(a)
entire_model()
general_checkpoint(a, adam[0])
several_models(a, b, *adam)
