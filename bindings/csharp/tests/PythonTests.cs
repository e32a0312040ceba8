// SPDX-License-Identifier: MIT
using System.Numerics;
using Xunit;

namespace Weightport.Tests
{
  public class PythonTests : Test
  {
    [Fact]
    public void PythonReadsWhatDotNetWrote()
    {
      using (var checkpoint = new Checkpoint())
      using (var weights = new StateDict())
      using (Tensor tied = Tensor.From(new float[] { 1, 2, 3, 4, 5, 6 }, 2, 3))
      using (Tensor turned = tied.AsStrided(new long[] { 3, 2 }, new long[] { 1, 3 }))
      using (Tensor mask = Tensor.From(new[] { true, false }))
      {
        weights.Set("layer.🔥.weight", tied);
        weights.Set("turned", turned);
        weights.Set("mask", mask);
        checkpoint.SetStateDict("model_state_dict", weights);
        checkpoint.Set("epoch", 7);
        checkpoint.Set("optimizer", Value.NewDict(
          ("state", Value.NewDict((0, Value.NewDict(("exp_avg", turned))))),
          ("param_groups", Value.NewList(Value.NewDict(("lr", 1e-3), ("betas", Value.NewTuple(0.9, 0.999)), ("params", new[] { 0 }))))));
        checkpoint.Set("big", BigInteger.Pow(10, 100));
        checkpoint.Set("size", Value.NewSize(2, 3));
        checkpoint.Set("dtype", DType.Float16);
        foreach (Format format in new[] { Format.TorchZip, Format.TorchLegacy })
        {
          string path = Temporary("dotnet.pt");
          checkpoint.Save(path, new SaveOptions { Format = format });
          Python.Run(@"
import collections, sys, torch
ckpt = torch.load(sys.argv[1])
sd = ckpt['model_state_dict']
assert type(sd) is collections.OrderedDict and list(sd) == ['layer.🔥.weight', 'turned', 'mask'], sd
assert torch.equal(sd['layer.🔥.weight'], torch.tensor([[1., 2, 3], [4, 5, 6]]))
assert sd['turned'].stride() == (1, 3) and sd['turned'].data_ptr() == sd['layer.🔥.weight'].data_ptr()
assert sd['mask'].tolist() == [True, False]
assert ckpt['epoch'] == 7 and type(ckpt['epoch']) is int and ckpt['big'] == 10 ** 100
assert ckpt['optimizer']['param_groups'] == [{'lr': 1e-3, 'betas': (0.9, 0.999), 'params': [0]}]
assert torch.equal(ckpt['optimizer']['state'][0]['exp_avg'], sd['turned'])
assert ckpt['size'] == torch.Size([2, 3]) and ckpt['dtype'] is torch.float16
", path);
        }
        // No weights_only pickle has a frozenset.
        string frozen = Temporary("frozenset.pt");
        checkpoint.Set("frozenset", Value.NewDict((Value.NewFrozenSet(1, "a"), 2)));
        checkpoint.Save(frozen);
        Python.Run(@"
import sys, torch
assert torch.load(sys.argv[1], weights_only=False)['frozenset'] == {frozenset([1, 'a']): 2}
", frozen);
        // Torch 1.13 knows no float in its weights_only pickles: tensors, strings and ints it reads.
        string alone = Temporary("weights.pt");
        checkpoint.SetStateDict(null, weights);
        checkpoint.Save(alone);
        Python.Run(@"
import sys, torch
sd = torch.load(sys.argv[1], weights_only=True)
assert list(sd) == ['layer.🔥.weight', 'turned', 'mask'] and sd['turned'].tolist() == [[1, 4], [2, 5], [3, 6]]
", alone);
      }
    }

    [Fact]
    public void DotNetReadsAndSavesAgainWhatPythonWrote()
    {
      string path = Temporary("python.pt"), again = path + ".again";
      if (!Python.Run(@"
import sys, torch
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
optimizer = torch.optim.AdamW(model.parameters())
model(torch.randn(8, 6)).sum().backward()
optimizer.step()
torch.save({'model': model.state_dict(), 'optimizer': optimizer.state_dict(), 'loss': 0.5}, sys.argv[1])
", path)) return;
      using (Checkpoint checkpoint = Checkpoint.Open(path))
      using (StateDict weights = checkpoint.StateDict("model"))
      {
        Assert.Equal(1e-3, (double)checkpoint.Root.At("optimizer.param_groups.0.lr"));
        Assert.Equal("0.weight 0.bias 1.weight 1.bias 1.running_mean 1.running_var 1.num_batches_tracked", string.Join(" ", weights.Names));
        checkpoint.Set("loss", 0.25);
        checkpoint.Save(again);
      }
      Python.Run(@"
import sys, torch
old, new = torch.load(sys.argv[1]), torch.load(sys.argv[2])
model = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
model.load_state_dict(new['model'])
optimizer = torch.optim.AdamW(model.parameters())
optimizer.load_state_dict(new['optimizer'])
assert new['loss'] == 0.25 and list(new) == list(old)
assert all(torch.equal(old['model'][name], new['model'][name]) for name in old['model'])
assert old['model']._metadata == new['model']._metadata
assert torch.equal(old['optimizer']['state'][0]['exp_avg'], new['optimizer']['state'][0]['exp_avg'])
", path, again);
    }
  }
}
