"""PyTorch: nn.LSTM and a linear layer, trained in the usual loop."""

import torch
from .protocol import CLASSES, CLIP_NORM, FEATURES, LEARNING_RATE, serve


class Model(torch.nn.Module):
    def __init__(self, units, layers):
        super().__init__()
        self.lstm = torch.nn.LSTM(FEATURES, units, layers)
        self.softmax = torch.nn.Linear(units, CLASSES)

    def forward(self, inputs):
        return self.softmax(self.lstm(inputs)[0])


def prepare(B, T, H, L):
    torch.manual_seed(1)
    model = Model(H, L)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    inputs = torch.randint(2, (T, B, FEATURES)).float()
    labels = torch.randint(CLASSES, (T * B,))

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(inputs).flatten(0, 1), labels).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
            optimizer.step()

    return train


serve({"PyTorch nn.LSTM": prepare})
